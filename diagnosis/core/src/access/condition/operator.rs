//! The names of condition operators.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// What an operator's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::access) struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`, for keys with several values.
    pub set: Option<SetOperator>,
    /// What is compared, and how.
    pub comparison: Comparison,
    /// Whether the comparison is the opposite of the positive one.
    pub negated: bool,
    /// `…IfExists`: true where the key is absent.
    pub if_exists: bool,
}

/// How several values of one key come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::access) enum SetOperator {
    /// Every value of the request must pass; true of no values.
    ForAllValues,
    /// One value of the request must pass; false of no values.
    ForAnyValue,
}

/// The type that is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::access) enum Comparison {
    /// Whether the key is absent.
    Null,
    /// `StringEquals`.
    String,
    /// `StringEqualsIgnoreCase`.
    StringIgnoringCase,
    /// `StringLike`.
    StringLike,
    /// `Numeric…`.
    Numeric(Order),
    /// `Date…`.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    Binary,
    /// `IpAddress`.
    IpAddress,
    /// `ArnLike` and `ArnEquals`, which are the same.
    Arn,
}

/// How the request's value must stand to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::access) enum Order {
    /// Equal.
    Equals,
    /// Less.
    LessThan,
    /// Less or equal.
    LessThanEquals,
    /// Greater.
    GreaterThan,
    /// Greater or equal.
    GreaterThanEquals,
}

impl Order {
    /// Whether the request's value stands so to the policy's.
    pub(super) fn holds<T: PartialOrd>(self, requested: &T, wanted: &T) -> bool {
        match self {
            Self::Equals => requested == wanted,
            Self::LessThan => requested < wanted,
            Self::LessThanEquals => requested <= wanted,
            Self::GreaterThan => requested > wanted,
            Self::GreaterThanEquals => requested >= wanted,
        }
    }
}

impl Operator {
    /// Reads an operator's name; nothing for a name IAM does not know.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (set, name) = match name.split_once(':') {
            None => (None, name.as_str()),
            Some(("forallvalues", name)) => (Some(SetOperator::ForAllValues), name),
            Some(("foranyvalue", name)) => (Some(SetOperator::ForAnyValue), name),
            Some(_) => return None,
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (comparison, negated) = match name {
            // The one operator that takes neither a qualifier nor the suffix.
            "null" if set.is_none() && !if_exists => (Comparison::Null, false),
            "stringequals" => (Comparison::String, false),
            "stringnotequals" => (Comparison::String, true),
            "stringequalsignorecase" => (Comparison::StringIgnoringCase, false),
            "stringnotequalsignorecase" => (Comparison::StringIgnoringCase, true),
            "stringlike" => (Comparison::StringLike, false),
            "stringnotlike" => (Comparison::StringLike, true),
            "bool" => (Comparison::Bool, false),
            "binaryequals" => (Comparison::Binary, false),
            "ipaddress" => (Comparison::IpAddress, false),
            "notipaddress" => (Comparison::IpAddress, true),
            "arnequals" | "arnlike" => (Comparison::Arn, false),
            "arnnotequals" | "arnnotlike" => (Comparison::Arn, true),
            _ => ordered(name)?,
        };
        Some(Self {
            set,
            comparison,
            negated,
            if_exists,
        })
    }
}

fn ordered(name: &str) -> Option<(Comparison, bool)> {
    let (comparison, order): (fn(Order) -> Comparison, _) = match name.strip_prefix("numeric") {
        Some(order) => (Comparison::Numeric, order),
        None => (Comparison::Date, name.strip_prefix("date")?),
    };
    let (order, negated) = match order {
        "equals" => (Order::Equals, false),
        "notequals" => (Order::Equals, true),
        "lessthan" => (Order::LessThan, false),
        "lessthanequals" => (Order::LessThanEquals, false),
        "greaterthan" => (Order::GreaterThan, false),
        "greaterthanequals" => (Order::GreaterThanEquals, false),
        _ => return None,
    };
    Some((comparison(order), negated))
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Operator, Order, SetOperator};

    #[test]
    fn names() {
        let plain = |comparison, negated| Operator {
            set: None,
            comparison,
            negated,
            if_exists: false,
        };
        for (name, expected) in [
            ("StringEquals", Some(plain(Comparison::String, false))),
            ("stringnotlike", Some(plain(Comparison::StringLike, true))),
            (
                "DateNotEquals",
                Some(plain(Comparison::Date(Order::Equals), true)),
            ),
            (
                "NumericLessThanEquals",
                Some(plain(Comparison::Numeric(Order::LessThanEquals), false)),
            ),
            ("ArnEquals", Some(plain(Comparison::Arn, false))),
            ("NotIpAddress", Some(plain(Comparison::IpAddress, true))),
            ("Null", Some(plain(Comparison::Null, false))),
            (
                "ForAnyValue:StringLikeIfExists",
                Some(Operator {
                    set: Some(SetOperator::ForAnyValue),
                    comparison: Comparison::StringLike,
                    negated: false,
                    if_exists: true,
                }),
            ),
            ("NullIfExists", None),
            ("ForAllValues:Null", None),
            ("StringMatches", None),
            ("ForSomeValues:StringEquals", None),
            ("NumericLike", None),
            ("IpAddressNot", None),
            ("", None),
        ] {
            assert_eq!(Operator::parse(name), expected, "{name}");
        }
    }
}
