//! Lists from new to old, piece by piece.

use installhub_jobs::ListPlace;
use installhub_kernel::{Cursor, Page, PageRequest, StoreError};
use sea_orm::{ColumnTrait, Condition};

use super::READ;

/// The rows behind the cursor of `page`.
pub(super) fn behind<C: ColumnTrait>(
    page: &PageRequest,
    created_at: C,
    id: C,
) -> Result<Condition, StoreError> {
    let Some(cursor) = &page.cursor else {
        return Ok(Condition::all());
    };
    let place: ListPlace = cursor.0.parse().map_err(|error| StoreError::Other {
        attempted: format!("{READ}: the cursor is not one of this list"),
        source: Box::new(error),
    })?;
    let same_instant = Condition::all()
        .add(created_at.eq(place.created_at))
        .add(id.lt(place.id));
    Ok(Condition::any()
        .add(created_at.lt(place.created_at))
        .add(same_instant))
}

/// A piece of at most `limit` items, from one row more than that if there are more.
pub(super) fn page<R, T>(
    mut rows: Vec<R>,
    limit: u32,
    place: impl FnOnce(&R) -> ListPlace,
    item: impl Fn(R) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let limit = limit as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|last| Cursor::from(place(last)));
    let items = rows.into_iter().map(item).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}
