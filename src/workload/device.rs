//! Well-known devices: what a persona's `device` stands for.
//!
//! A user of a device is still Chromium: the page sees its size, touch, pixel ratio and user
//! agent, not another engine. Devices of other engines are therefore not in the table.

use crate::flow::Viewport;

/// A device by the name that browsers' developer tools give it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    pub(super) name: &'static str,
    width: u32,
    height: u32,
    device_scale_factor: f64,
    platform: Option<&'static str>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Desktop,
    Phone,
    Tablet,
}

/// Major version in the user agents of devices. Chromium itself reduces all else to zeros.
const CHROME: u32 = 156;

const DEVICES: &[Device] = &[
    desktop("Desktop", 1280, 720, 1.0),
    desktop("Desktop Full HD", 1920, 1080, 1.0),
    desktop("Desktop HiDPI", 1280, 720, 2.0),
    desktop("Laptop", 1366, 768, 1.0),
    phone("Pixel 5", 393, 727, 2.75, "Linux; Android 10; K"),
    phone("Pixel 7", 412, 839, 2.625, "Linux; Android 10; K"),
    phone("Galaxy S9+", 320, 658, 4.5, "Linux; Android 10; K"),
    phone("Galaxy S24", 360, 780, 3.0, "Linux; Android 10; K"),
    phone("Moto G4", 360, 640, 3.0, "Linux; Android 10; K"),
    tablet("Galaxy Tab S4", 712, 1138, 2.25, "Linux; Android 10; K"),
    tablet("Galaxy Tab S9", 640, 1024, 2.5, "Linux; Android 10; K"),
];

/// The device of users without one: a person's desktop window.
pub(super) const USUAL: Device = DEVICES[0];

/// The device with this name, whatever its case.
pub(super) fn find(name: &str) -> Option<Device> {
    let mut devices = DEVICES.iter();
    devices
        .find(|device| device.name.eq_ignore_ascii_case(name))
        .copied()
}

/// All names.
pub(super) fn names() -> Vec<&'static str> {
    DEVICES.iter().map(|device| device.name).collect()
}

impl Device {
    pub(super) fn viewport(&self) -> Viewport {
        Viewport {
            width: self.width,
            height: self.height,
            device_scale_factor: self.device_scale_factor,
            is_mobile: self.kind != Kind::Desktop,
            has_touch: self.kind != Kind::Desktop,
            is_landscape: self.width > self.height,
        }
    }

    /// The user agent, unless it is that of a desktop Chromium.
    pub(super) fn user_agent(&self) -> Option<String> {
        let platform = self.platform?;
        let mobile = if self.kind == Kind::Phone {
            " Mobile"
        } else {
            ""
        };
        Some(format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/{CHROME}.0.0.0{mobile} Safari/537.36"
        ))
    }
}

const fn desktop(name: &'static str, width: u32, height: u32, scale: f64) -> Device {
    Device {
        name,
        width,
        height,
        device_scale_factor: scale,
        platform: None,
        kind: Kind::Desktop,
    }
}

const fn phone(
    name: &'static str,
    width: u32,
    height: u32,
    scale: f64,
    platform: &'static str,
) -> Device {
    Device {
        name,
        width,
        height,
        device_scale_factor: scale,
        platform: Some(platform),
        kind: Kind::Phone,
    }
}

const fn tablet(
    name: &'static str,
    width: u32,
    height: u32,
    scale: f64,
    platform: &'static str,
) -> Device {
    Device {
        kind: Kind::Tablet,
        ..phone(name, width, height, scale, platform)
    }
}
