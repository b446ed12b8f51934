//! What a key is compared with, and values of the key that tell all of it apart.

use super::scales;
use super::texts::{Group, Representatives, representatives};
use crate::access::condition::Condition;
use crate::access::condition::operator::Comparison;
use crate::access::condition::value::Wanted;
use crate::access::context::Context;
use crate::access::pattern::Glob;
use crate::access::variables::Place;

/// What a key is compared with, by type.
#[derive(Default)]
pub(super) struct Kinds {
    numbers: Vec<f64>,
    moments: Vec<jiff::Timestamp>,
    ranges: Vec<ipnet::IpNet>,
    texts: Vec<Group>,
    /// The types it is compared as.
    as_number: bool,
    as_moment: bool,
    as_address: bool,
    as_bool: bool,
    as_arn: bool,
    as_text: bool,
}

impl Kinds {
    /// Takes in what a condition compares its key with.
    pub(super) fn add(&mut self, condition: &Condition, context: &Context) {
        match condition.operator().map(|operator| operator.comparison) {
            None | Some(Comparison::Null) => {}
            Some(Comparison::Numeric(_)) => self.as_number = true,
            Some(Comparison::Date(_)) => self.as_moment = true,
            Some(Comparison::IpAddress) => self.as_address = true,
            Some(Comparison::Bool) => self.as_bool = true,
            Some(Comparison::Arn) => self.as_arn = true,
            Some(
                Comparison::String
                | Comparison::StringIgnoringCase
                | Comparison::StringLike
                | Comparison::Binary,
            ) => self.as_text = true,
        }
        for wanted in condition.wanted() {
            match wanted {
                Wanted::Number(number, _) => self.numbers.extend(number),
                Wanted::Moment(moment, _) => self.moments.extend(moment),
                Wanted::Network(range) => self.ranges.extend(range),
                Wanted::Bool(_) => {}
                Wanted::Binary(text) => {
                    self.texts.push(Group {
                        globs: vec![Glob::literal(text)],
                        ignoring_case: false,
                    });
                }
                // A value with an unknown variable is looked at together with that variable.
                Wanted::Text(template)
                    if template
                        .variables()
                        .any(|(_, folded)| context.get_folded(folded).is_none()) => {}
                Wanted::Text(template) => self.texts.push(Group {
                    globs: template.widened(context).into_iter().collect(),
                    ignoring_case: template.place() == Place::ExactIgnoringCase,
                }),
            }
        }
    }

    /// The values that tell everything apart, and whether these are all; `fitting` are the values that, filled in as a
    /// variable, can match.
    pub(super) fn values(mut self, fitting: Vec<String>) -> (Vec<String>, bool) {
        let mut values = Vec::new();
        let mut types = 0;
        if self.as_number {
            types += 1;
            values.extend(scales::numbers(self.numbers));
        }
        if self.as_moment {
            types += 1;
            values.extend(scales::moments(self.moments));
        }
        if self.as_address {
            types += 1;
            values.extend(scales::addresses(self.ranges));
        }
        let texts = self.as_text || self.as_arn || !fitting.is_empty();
        if self.as_bool {
            types += usize::from(!texts);
            values.extend(["true".to_owned(), "false".to_owned()]);
            for word in ["true", "false"] {
                self.texts.push(Group {
                    globs: vec![Glob::literal(word)],
                    ignoring_case: true,
                });
            }
        }
        if texts || types == 0 {
            types += 1;
            if !fitting.is_empty() {
                let globs = fitting.iter().map(|value| Glob::literal(value)).collect();
                self.texts.push(Group {
                    globs,
                    ignoring_case: false,
                });
                values.extend(fitting);
            }
            // A key that is only ever compared as an ARN is one.
            let arn = Glob::free("arn:*:*:*:*:*");
            let shape = (self.as_arn && !self.as_text && !self.as_bool).then_some(&arn);
            let Representatives { texts, exhaustive } = representatives(&self.texts, shape);
            values.extend(texts);
            return (values, exhaustive && types == 1);
        }
        // A type without a valid bound: any value of the type will do.
        if values.is_empty() {
            values.push("0".to_owned());
        }
        (values, types == 1)
    }
}
