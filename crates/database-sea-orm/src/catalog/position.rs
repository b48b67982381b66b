//! Where a page begins, as a condition, and names that contain a text.

use installhub_catalog::ListPosition;
use installhub_conflict_merge::FoldedName;
use installhub_kernel::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, Value};

use crate::failure::corrupt;

/// Behind the item with this value in `first` and this id, in a list that ascends by both.
pub(super) fn behind<C: ColumnTrait>(
    first: C,
    value: impl Into<Value> + Clone,
    id: C,
    last: impl Into<Value>,
) -> Condition {
    Condition::any()
        .add(first.gt(value.clone()))
        .add(Condition::all().add(first.eq(value)).add(id.gt(last)))
}

/// The same in a list that descends by `first` and ascends by id.
pub(super) fn below<C: ColumnTrait>(
    first: C,
    value: impl Into<Value> + Clone,
    id: C,
    last: impl Into<Value>,
) -> Condition {
    Condition::any()
        .add(first.lt(value.clone()))
        .add(Condition::all().add(first.eq(value)).add(id.gt(last)))
}

/// A position that belongs to another list; callers have sorted those out.
pub(super) fn foreign(position: &ListPosition) -> StoreError {
    corrupt(
        "a place in a list",
        format!("{position:?} is of another list"),
    )
}

/// Whether a folded name contains a text, whatever its case; nothing in the text is a wildcard.
pub(super) fn contains<C: ColumnTrait>(column: C, text: &str) -> SimpleExpr {
    let mut pattern = String::from("%");
    for character in FoldedName::of(text).as_str().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    Expr::col(column.as_column_ref()).like(LikeExpr::new(pattern).escape('\\'))
}
