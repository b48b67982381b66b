//! Colours for types: as far apart as hues go, sparing the reds, which mean trouble.

/// The fill and the outline of boxes of one type, as `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Colours {
    pub(super) fill: String,
    pub(super) outline: String,
}

/// The colours of the type at `position` in the legend.
pub(super) fn colours(position: usize) -> Colours {
    // 192 of 310 degrees is close to the golden section, which keeps any number of steps well apart.
    let hue = 25 + (185 + position % 310 * 192) % 310;
    let hue = u32::try_from(hue).unwrap_or_default();
    // Two depths in turn tell neighbouring hues apart.
    let (light, dark) = if position.is_multiple_of(2) {
        (950, 400)
    } else {
        (890, 300)
    };
    Colours {
        fill: rgb(hue, 700, light),
        outline: rgb(hue, 600, dark),
    }
}

/// Hue in degrees, saturation and lightness in thousandths.
fn rgb(hue: u32, saturation: u32, lightness: u32) -> String {
    let chroma = (1000 - (2 * lightness).abs_diff(1000)) * saturation / 1000;
    let second = chroma * (60 - (hue % 120).abs_diff(60)) / 60;
    let base = lightness - chroma / 2;
    let (red, green, blue) = match hue / 60 {
        0 => (chroma, second, 0),
        1 => (second, chroma, 0),
        2 => (0, chroma, second),
        3 => (0, second, chroma),
        4 => (second, 0, chroma),
        _ => (chroma, 0, second),
    };
    let byte = |part: u32| (part + base) * 255 / 1000;
    format!("#{:02x}{:02x}{:02x}", byte(red), byte(green), byte(blue))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn primary_colours_are_where_they_belong() {
        for (hue, expected) in [
            (0, "#ff0000"),
            (60, "#ffff00"),
            (120, "#00ff00"),
            (180, "#00ffff"),
            (240, "#0000ff"),
            (300, "#ff00ff"),
        ] {
            assert_eq!(rgb(hue, 1000, 500), expected);
        }
    }

    #[test]
    fn every_type_of_the_catalogue_gets_its_own() {
        let outlines: BTreeSet<String> = (0..40).map(|n| colours(n).outline).collect();
        assert_eq!(outlines.len(), 40);
    }
}
