//! Where a frame's viewport is in the one around it: moved, and scaled or turned by transforms of
//! the frame's element.

use serde_json::Value;

/// A map from one viewport to another, CSS px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    origin: (f64, f64),
    /// Where one px to the right goes, and one px down.
    right: (f64, f64),
    down: (f64, f64),
}

impl Default for Placement {
    fn default() -> Self {
        Self {
            origin: (0.0, 0.0),
            right: (1.0, 0.0),
            down: (0.0, 1.0),
        }
    }
}

impl Placement {
    /// From the box model of a frame's element: its content box is the frame's viewport. The
    /// model's size is that before transforms, its quads are those after them.
    pub(super) fn of(model: &Value) -> Option<Self> {
        let corner = |quad: &str, at: usize| {
            let point = (&model[quad][2 * at], &model[quad][2 * at + 1]);
            Some((point.0.as_f64()?, point.1.as_f64()?))
        };
        let edge = |to: usize, size: &str| {
            let (from, to) = (corner("border", 0)?, corner("border", to)?);
            let size = model[size].as_f64()?;
            let per_px = |edge: f64| if size > 0.0 { edge / size } else { 0.0 };
            Some((per_px(to.0 - from.0), per_px(to.1 - from.1)))
        };
        let map = Self {
            origin: corner("content", 0)?,
            right: edge(1, "width")?,
            down: edge(3, "height")?,
        };
        // Sizes are whole px; without a transform nothing is scaled.
        let straight = map.right.1.abs() < 1e-6 && map.down.0.abs() < 1e-6;
        let near = |scale: f64, size: &str| {
            let size = model[size].as_f64().unwrap_or(1.0);
            ((scale - 1.0) * size).abs() <= 1.0
        };
        if straight && near(map.right.0, "width") && near(map.down.1, "height") {
            return Some(Self {
                origin: map.origin,
                ..Self::default()
            });
        }
        Some(map)
    }

    /// The map to what `outer` maps to.
    pub(super) fn inside(self, outer: Self) -> Self {
        let turn = |(x, y): (f64, f64)| {
            (
                outer.right.0 * x + outer.down.0 * y,
                outer.right.1 * x + outer.down.1 * y,
            )
        };
        Self {
            origin: outer.outward(self.origin),
            right: turn(self.right),
            down: turn(self.down),
        }
    }

    /// The point of the outer viewport at a point of the inner one.
    pub(crate) fn outward(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            self.origin.0 + self.right.0 * x + self.down.0 * y,
            self.origin.1 + self.right.1 * x + self.down.1 * y,
        )
    }

    /// The point of the inner viewport at a point of the outer one.
    pub(crate) fn inward(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (x, y) = (x - self.origin.0, y - self.origin.1);
        let area = self.right.0 * self.down.1 - self.right.1 * self.down.0;
        if area == 0.0 {
            return (x, y);
        }
        (
            (x * self.down.1 - y * self.down.0) / area,
            (y * self.right.0 - x * self.right.1) / area,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scaled_and_turned_frames_map_there_and_back() {
        // 100 x 50 with a border of 2, halved, then turned by a quarter to the right.
        let model = json!({"width": 100, "height": 50,
            "border": [300, 10, 300, 60, 275, 60, 275, 10],
            "content": [299, 11, 299, 59, 276, 59, 276, 11]});
        let map = Placement::of(&model).unwrap();
        assert_eq!(map.outward((0.0, 0.0)), (299.0, 11.0));
        assert_eq!(map.outward((10.0, 4.0)), (297.0, 16.0));
        assert_eq!(map.inward((297.0, 16.0)), (10.0, 4.0));
        let outer = Placement {
            origin: (5.0, 7.0),
            ..Placement::default()
        };
        assert_eq!(map.inside(outer).outward((10.0, 4.0)), (302.0, 23.0));
        let plain = json!({"width": 100, "height": 50,
            "border": [10.5, 10, 110.9, 10, 110.9, 60, 10.5, 60], "content": [12.5, 12]});
        let plain = Placement::of(&plain).unwrap();
        assert_eq!(plain.outward((1.0, 1.0)), (13.5, 13.0));
    }
}
