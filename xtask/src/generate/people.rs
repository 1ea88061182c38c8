//! The visitors of an imaginary shop: who they are, and with what they browse.

use super::random::Random;
use serde_json::{Map, Value, json};

/// Addresses that GeoLite2's public test database knows.
const KNOWN_ADDRESSES: [&str; 5] = ["89.160.20.129", "216.160.83.56", "2.125.160.216", "81.2.69.160", "175.16.199.1"];

/// First numbers of address blocks that hold neither private nor reserved networks.
const PUBLIC_BLOCKS: [u64; 8] = [23, 45, 62, 81, 93, 151, 176, 185];

/// A browser on a device: its `$` properties and its user agent.
struct Device {
    browser: &'static str,
    browser_version: u64,
    os: &'static str,
    os_version: &'static str,
    device_type: &'static str,
    screen: (u64, u64),
    user_agent: &'static str,
}

const DEVICES: [Device; 4] = [
    Device {
        browser: "Chrome",
        browser_version: 108,
        os: "Windows",
        os_version: "10.0",
        device_type: "Desktop",
        screen: (1920, 1080),
        user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.0.0 Safari/537.36",
    },
    Device {
        browser: "Mobile Safari",
        browser_version: 16,
        os: "iOS",
        os_version: "16.1.2",
        device_type: "Mobile",
        screen: (390, 844),
        user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 16_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.1 Mobile/15E148 Safari/604.1",
    },
    Device {
        browser: "Firefox",
        browser_version: 108,
        os: "Linux",
        os_version: "",
        device_type: "Desktop",
        screen: (2560, 1440),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:108.0) Gecko/20100101 Firefox/108.0",
    },
    Device {
        browser: "Chrome",
        browser_version: 107,
        os: "Android",
        os_version: "13.0",
        device_type: "Mobile",
        screen: (412, 915),
        user_agent: "Mozilla/5.0 (Linux; Android 13; Pixel 6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/107.0.0.0 Mobile Safari/537.36",
    },
];

/// A visitor. Nothing of one changes between events: all of it comes from the visitor's number.
pub struct Person {
    /// `distinct_id`: a number of the shop's own for a known customer, else posthog-js's random device id.
    pub distinct_id: String,
    /// Whether the shop knows the visitor.
    pub is_customer: bool,
    /// Where the events come from.
    pub address: String,
    device: &'static Device,
    device_id: String,
    session_id: String,
    window_id: String,
}

impl Person {
    /// The visitor with this number.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed ^ 0x7065_6f70_6c65, number);
        let is_customer = random.chance(40);
        let device_id = random.uuid();
        Self {
            distinct_id: if is_customer { format!("customer-{}", 1000 + number) } else { device_id.clone() },
            is_customer,
            address: address(&mut random),
            device: random.pick(&DEVICES),
            device_id,
            session_id: random.uuid(),
            window_id: random.uuid(),
        }
    }

    /// The properties that posthog-js adds to every event of this visitor.
    pub fn properties(&self) -> Map<String, Value> {
        let device = self.device;
        let (width, height) = device.screen;
        let Value::Object(mut properties) = json!({
            "$os": device.os,
            "$os_version": device.os_version,
            "$browser": device.browser,
            "$browser_version": device.browser_version,
            "$device_type": device.device_type,
            "$raw_user_agent": device.user_agent,
            "$screen_height": height,
            "$screen_width": width,
            "$viewport_height": height - 110,
            "$viewport_width": width,
            "$device_id": self.device_id,
            "$session_id": self.session_id,
            "$window_id": self.window_id,
            "$ip": self.address,
            "$lib": "web",
            "$lib_version": "1.39.2",
        }) else {
            unreachable!("an object literal is an object")
        };
        if device.os_version.is_empty() {
            properties.shift_remove("$os_version");
        }
        properties
    }
}

fn address(random: &mut Random) -> String {
    if random.chance(30) {
        return (*random.pick(&KNOWN_ADDRESSES)).to_owned();
    }
    let block = random.pick(&PUBLIC_BLOCKS);
    format!("{block}.{}.{}.{}", random.below(256), random.below(256), 1 + random.below(254))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_stays_the_same() {
        let (first, second) = (Person::new(1, 5), Person::new(1, 5));
        assert_eq!((first.properties(), first.distinct_id), (second.properties(), second.distinct_id));
    }

    #[test]
    fn some_visitors_come_from_the_known_address() {
        let known = (0..200).filter(|number| Person::new(1, *number).address == "89.160.20.129").count();
        assert!((1..100).contains(&known), "{known}");
    }
}
