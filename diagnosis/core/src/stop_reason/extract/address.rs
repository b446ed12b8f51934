//! The IP address that a failure text blames.

use std::net::IpAddr;

use crate::stop_reason::text::{Text, patterns};

patterns! {
    /// The far end of a connection that was being made, or that was read from: `dial tcp A:443`, `10.0.0.5:50312->A:443`.
    FAR_END = r"(?:dial (?:tcp|udp)6? |->|connect to |connecting to |dialing )(?:\[([0-9a-f:.]+)\]|([0-9.]+)):\d{1,5}\b";
    /// The name server asked: `lookup H on A:53`.
    NAME_SERVER = r"lookup \S+ on (?:\[([0-9a-f:.]+)\]|([0-9.]+)):\d{1,5}\b";
}

/// The last address that was dialled; where a name could not be looked up, the name server's.
pub(in crate::stop_reason) fn address(text: &Text) -> Option<IpAddr> {
    let read = |pattern: &regex::Regex| {
        let found = pattern
            .captures_iter(&text.lower)
            .filter_map(|found| found.get(1).or_else(|| found.get(2)));
        found.filter_map(|address| address.as_str().parse().ok()).last()
    };
    // A lookup's own connection (`read udp A->B:53`) says nothing that `on B:53` does not.
    read(&NAME_SERVER).or_else(|| read(&FAR_END))
}

#[cfg(test)]
mod tests {
    use super::{Text, address};

    #[test]
    fn the_far_end_is_blamed() {
        for (text, expected) in [
            ("dial tcp 10.1.2.3:443: i/o timeout", Some("10.1.2.3")),
            (
                "dial tcp [2600:1f13::7]:443: connect: network is unreachable",
                Some("2600:1f13::7"),
            ),
            (
                "read tcp 10.0.1.9:53022->52.95.1.2:443: read: connection reset by peer",
                Some("52.95.1.2"),
            ),
            (
                "lookup r.example on 10.0.0.2:53: read udp 10.0.1.9:1->10.0.0.2:53: i/o timeout",
                Some("10.0.0.2"),
            ),
            ("dial tcp 12.345.1.2:443: i/o timeout", None),
            ("dial tcp <ip>:<port>: i/o timeout", None),
            ("dial tcp: i/o timeout", None),
        ] {
            assert_eq!(
                address(&Text::new(text)),
                expected.map(|ip| ip.parse().unwrap()),
                "{text}"
            );
        }
    }
}
