//! The values a condition compares with, read once into their types.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::operator::{Comparison, Order};
use crate::access::context::Context;
use crate::access::truth::Truth;
use crate::access::variables::{Place, Template};

/// One value a policy wants.
///
/// A value that is not of its operator's type equals nothing, neither here nor in IAM.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::access) enum Wanted {
    Text(Template),
    Number(Option<f64>, Order),
    Moment(Option<Timestamp>, Order),
    Bool(Option<bool>),
    Binary(String),
    Network(Option<IpNet>),
}

impl Wanted {
    /// Reads a value as its operator's type; `Null` has no type here: its values are `true` and `false`.
    pub(super) fn parse(comparison: Comparison, text: &str, variables: bool) -> Self {
        let template = |place| Self::Text(Template::parse(text, place, variables));
        match comparison {
            Comparison::Null | Comparison::Bool => Self::Bool(boolean(text)),
            Comparison::String => template(Place::Exact),
            Comparison::StringIgnoringCase => template(Place::ExactIgnoringCase),
            Comparison::StringLike => template(Place::Like),
            Comparison::Arn => template(Place::Arn),
            Comparison::Numeric(order) => Self::Number(number(text), order),
            Comparison::Date(order) => Self::Moment(moment(text), order),
            Comparison::Binary => Self::Binary(text.to_owned()),
            Comparison::IpAddress => Self::Network(network(text)),
        }
    }

    /// Whether a value of the request is what the policy wants.
    pub(super) fn matches(&self, requested: &str, context: &Context) -> Truth {
        match self {
            Self::Text(template) => template.matches(requested, context),
            Self::Number(wanted, order) => compare(number(requested), *wanted, *order),
            Self::Moment(wanted, order) => compare(moment(requested), *wanted, *order),
            Self::Bool(wanted) => (wanted.is_some() && boolean(requested) == *wanted).into(),
            // Both sides are base64 of the same bytes.
            Self::Binary(wanted) => (requested == wanted).into(),
            Self::Network(wanted) => match (wanted, address(requested)) {
                (Some(network), Some(address)) => network.contains(&address).into(),
                _ => Truth::False,
            },
        }
    }
}

fn compare<T: PartialOrd>(requested: Option<T>, wanted: Option<T>, order: Order) -> Truth {
    match (requested, wanted) {
        (Some(requested), Some(wanted)) => order.holds(&requested, &wanted).into(),
        _ => Truth::False,
    }
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A decimal number. Rust reads more than IAM does: `inf` and `nan` are no numbers here.
pub(in crate::access) fn number(text: &str) -> Option<f64> {
    let decimal = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number = if decimal { text.parse::<f64>().ok() } else { None };
    number.filter(|number| number.is_finite())
}

/// A date of the W3C profile of ISO 8601, or seconds since 1970.
pub(in crate::access) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        // Milliseconds taken for seconds lie beyond the calendar: still later than everything.
        let beyond = if seconds > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        };
        return Some(Timestamp::from_second(seconds).unwrap_or(beyond));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    // Without an offset: Universal Time.
    let civil = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| Some(text.parse::<Date>().ok()?.into()))?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// A range in CIDR notation, or one address.
fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .ok()
        .or_else(|| address(text).map(IpNet::from))
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{moment, number};

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("60", Some(60.0)),
            ("60.0", Some(60.0)),
            ("-1", Some(-1.0)),
            ("1e3", Some(1000.0)),
            ("", None),
            ("nan", None),
            ("inf", None),
            ("1e999", None),
            ("sixty", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn moments() {
        let noon = Some("2025-06-01T12:00:00Z".parse().unwrap());
        let midnight = Some("2025-06-01T00:00:00Z".parse().unwrap());
        for (text, expected) in [
            ("2025-06-01T12:00:00Z", noon),
            ("2025-06-01T14:00:00+02:00", noon),
            ("2025-06-01T12:00:00", noon),
            ("2025-06-01T12:00Z", noon),
            ("20250601T120000Z", noon),
            ("1748779200", noon),
            ("2025-06-01", midnight),
            ("tomorrow", None),
            ("", None),
            ("1748779200000", Some(jiff::Timestamp::MAX)),
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
    }
}
