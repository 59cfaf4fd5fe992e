//! Well-known devices: what a persona's `device` stands for.
//!
//! A user of a device is still Chromium: the page sees its size, touch, pixel ratio and user
//! agent, not another engine. Devices of other engines are therefore not in the table.

use crate::flow::Viewport;

/// A device by the name that browsers' developer tools give it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    pub(super) label: &'static str,
    width: u32,
    height: u32,
    pixel_ratio: f64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Desktop,
    Phone,
    Tablet,
}

/// Major version in the user agents of devices. Chromium itself tells no more: the rest, the
/// model and Android's version are the same for all (user-agent reduction).
const CHROME: u32 = 156;

const DEVICES: &[Device] = &[
    desktop("Desktop", 1280, 720, 1.0),
    desktop("Desktop Full HD", 1920, 1080, 1.0),
    desktop("Desktop HiDPI", 1280, 720, 2.0),
    desktop("Laptop", 1366, 768, 1.0),
    phone("Pixel 5", 393, 727, 2.75),
    phone("Pixel 7", 412, 839, 2.625),
    phone("Galaxy S9+", 320, 658, 4.5),
    phone("Galaxy S24", 360, 780, 3.0),
    phone("Moto G4", 360, 640, 3.0),
    tablet("Galaxy Tab S4", 712, 1138, 2.25),
    tablet("Galaxy Tab S9", 640, 1024, 2.5),
];

/// The device of users without one: a person's desktop window.
pub(super) const USUAL: Device = DEVICES[0];

/// The device with this name, whatever its case.
pub(super) fn find(name: &str) -> Option<Device> {
    let mut devices = DEVICES.iter();
    devices
        .find(|device| device.label.eq_ignore_ascii_case(name))
        .copied()
}

/// All names.
pub(super) fn names() -> Vec<&'static str> {
    DEVICES.iter().map(|device| device.label).collect()
}

impl Device {
    pub(super) fn viewport(&self) -> Viewport {
        Viewport {
            width: self.width,
            height: self.height,
            device_scale_factor: self.pixel_ratio,
            is_mobile: self.kind != Kind::Desktop,
            has_touch: self.kind != Kind::Desktop,
            is_landscape: self.width > self.height,
        }
    }

    /// The user agent, unless it is that of a desktop Chromium.
    pub(super) fn user_agent(&self) -> Option<String> {
        let mobile = match self.kind {
            Kind::Desktop => return None,
            Kind::Phone => " Mobile",
            Kind::Tablet => "",
        };
        Some(format!(
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/{CHROME}.0.0.0{mobile} Safari/537.36"
        ))
    }
}

const fn desktop(name: &'static str, width: u32, height: u32, scale: f64) -> Device {
    Device {
        label: name,
        width,
        height,
        pixel_ratio: scale,
        kind: Kind::Desktop,
    }
}

const fn phone(name: &'static str, width: u32, height: u32, scale: f64) -> Device {
    Device {
        label: name,
        width,
        height,
        pixel_ratio: scale,
        kind: Kind::Phone,
    }
}

const fn tablet(name: &'static str, width: u32, height: u32, scale: f64) -> Device {
    Device {
        kind: Kind::Tablet,
        ..phone(name, width, height, scale)
    }
}
