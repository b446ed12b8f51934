//! Policy documents, read once into their types.
//!
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::condition::Condition;
use super::json_shape::{
    PolicyDocumentError, Problem, at, object, scalars, text, texts, unexpected, unrecognised,
};
use super::pattern::Glob;
use super::principal_element::{PrincipalElement, PrincipalEntry};
use super::variables::{Place, Template};

/// The only version of the policy language that knows variables.
const WITH_VARIABLES: &str = "2012-10-17";

/// A policy document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Value", into = "Value")]
#[schemars(with = "Value")]
pub struct PolicyDocument {
    source: Value,
    statements: Vec<Statement>,
    unrecognised: Vec<String>,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StatementEffect {
    /// `"Effect": "Allow"`.
    Allow,
    /// `"Effect": "Deny"`.
    Deny,
}

/// One statement of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub sid: Option<String>,
    pub effect: StatementEffect,
    /// Nothing in policies that belong to an identity.
    pub principals: Option<PrincipalElement>,
    pub actions: ActionElement,
    /// Nothing in policies that belong to one resource (repository policies, trust policies).
    pub resources: Option<ResourceElement>,
    pub conditions: Vec<Condition>,
}

/// A statement's `Action` or `NotAction`; the patterns are folded, since actions compare without case.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ActionElement {
    Action(Vec<Glob>),
    NotAction(Vec<Glob>),
}

/// A statement's `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ResourceElement {
    Resource(Vec<Template>),
    NotResource(Vec<Template>),
}

impl PolicyDocument {
    /// Reads a document. Elements the grammar does not know are tolerated and named by
    /// [`PolicyDocument::unrecognised_elements`]; IAM would not have accepted such a document.
    ///
    /// # Errors
    ///
    /// Names the place at which the document departs from the grammar.
    pub fn parse(document: &Value) -> Result<Self, PolicyDocumentError> {
        Self::try_from(document.clone())
    }

    /// Reads a document from its text, as repository policies and endpoint policies come.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or the JSON no policy document.
    pub fn parse_text(text: &str) -> Result<Self, PolicyDocumentError> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| at("document", Problem::NotJson(error.to_string())))?;
        Self::try_from(document)
    }

    /// The document as it was read.
    pub fn source(&self) -> &Value {
        &self.source
    }

    /// How many statements it has.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether it has no statement.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// A statement as it was read, by its index from zero.
    pub fn statement_source(&self, index: usize) -> Option<&Value> {
        match self.source.get("Statement")? {
            Value::Array(statements) => statements.get(index),
            statement if index == 0 => Some(statement),
            _ => None,
        }
    }

    /// The places of elements that the grammar does not know (`Statement[0].Actions`): they have no effect here, and IAM
    /// would not have accepted them.
    pub fn unrecognised_elements(&self) -> &[String] {
        &self.unrecognised
    }

    pub(super) fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

impl TryFrom<Value> for PolicyDocument {
    type Error = PolicyDocumentError;

    fn try_from(source: Value) -> Result<Self, PolicyDocumentError> {
        let document = object(&source, "document")?;
        let variables = match document.get("Version") {
            None => false,
            Some(version) => text(version, "Version")? == WITH_VARIABLES,
        };
        let mut unrecognised = unrecognised(document, &["Version", "Id", "Statement"], "");
        let mut statements = Vec::new();
        match document
            .get("Statement")
            .ok_or_else(|| at("document", Problem::Missing("Statement")))?
        {
            Value::Array(list) => {
                for (index, statement) in list.iter().enumerate() {
                    let place = format!("Statement[{index}]");
                    statements.push(Statement::parse(statement, &place, variables, &mut unrecognised)?);
                }
            }
            statement => statements.push(Statement::parse(
                statement,
                "Statement",
                variables,
                &mut unrecognised,
            )?),
        }
        Ok(Self {
            source,
            statements,
            unrecognised,
        })
    }
}

impl From<PolicyDocument> for Value {
    fn from(document: PolicyDocument) -> Self {
        document.source
    }
}

impl Statement {
    fn parse(
        statement: &Value,
        place: &str,
        variables: bool,
        unknown: &mut Vec<String>,
    ) -> Result<Self, PolicyDocumentError> {
        let statement = object(statement, place)?;
        unknown.extend(unrecognised(
            statement,
            &[
                "Sid",
                "Effect",
                "Principal",
                "NotPrincipal",
                "Action",
                "NotAction",
                "Resource",
                "NotResource",
                "Condition",
            ],
            &format!("{place}."),
        ));
        let sid = match statement.get("Sid") {
            None => None,
            Some(sid) => Some(text(sid, &format!("{place}.Sid"))?.to_owned()),
        };
        Ok(Self {
            sid,
            effect: effect(statement, place)?,
            principals: principals(statement, place)?,
            actions: actions(statement, place)?,
            resources: resources(statement, place, variables)?,
            conditions: conditions(statement, place, variables)?,
        })
    }
}

fn effect(statement: &Map<String, Value>, place: &str) -> Result<StatementEffect, PolicyDocumentError> {
    let effect = statement
        .get("Effect")
        .ok_or_else(|| at(place, Problem::Missing("Effect")))?;
    let place = format!("{place}.Effect");
    match text(effect, &place)? {
        "Allow" => Ok(StatementEffect::Allow),
        "Deny" => Ok(StatementEffect::Deny),
        other => Err(at(&place, Problem::Effect(other.to_owned()))),
    }
}

fn actions(statement: &Map<String, Value>, place: &str) -> Result<ActionElement, PolicyDocumentError> {
    let (negated, element) = either(statement, "Action", "NotAction", place)?
        .ok_or_else(|| at(place, Problem::Missing("Action")))?;
    let name = if negated { "NotAction" } else { "Action" };
    let patterns = texts(element, &format!("{place}.{name}"))?;
    let patterns = patterns
        .iter()
        .map(|pattern| Glob::free(&pattern.to_lowercase()))
        .collect();
    Ok(if negated {
        ActionElement::NotAction(patterns)
    } else {
        ActionElement::Action(patterns)
    })
}

fn resources(
    statement: &Map<String, Value>,
    place: &str,
    variables: bool,
) -> Result<Option<ResourceElement>, PolicyDocumentError> {
    let Some((negated, element)) = either(statement, "Resource", "NotResource", place)? else {
        return Ok(None);
    };
    let name = if negated { "NotResource" } else { "Resource" };
    let patterns = texts(element, &format!("{place}.{name}"))?;
    let patterns = patterns
        .iter()
        .map(|pattern| Template::parse(pattern, Place::Resource, variables))
        .collect();
    Ok(Some(if negated {
        ResourceElement::NotResource(patterns)
    } else {
        ResourceElement::Resource(patterns)
    }))
}

fn principals(
    statement: &Map<String, Value>,
    place: &str,
) -> Result<Option<PrincipalElement>, PolicyDocumentError> {
    let Some((negated, element)) = either(statement, "Principal", "NotPrincipal", place)? else {
        return Ok(None);
    };
    let name = if negated { "NotPrincipal" } else { "Principal" };
    let place = format!("{place}.{name}");
    let entries = match element {
        Value::String(text) if text == "*" => vec![PrincipalEntry::Everyone],
        Value::String(_) => vec![PrincipalEntry::Other],
        Value::Object(kinds) => {
            let mut entries = Vec::new();
            for (kind, names) in kinds {
                let names = texts(names, &format!("{place}.{kind}"))?;
                entries.extend(names.iter().map(|name| PrincipalEntry::parse(kind, name)));
            }
            entries
        }
        other => return Err(unexpected(&place, "`*` or an object", other)),
    };
    Ok(Some(if negated {
        PrincipalElement::NotPrincipal(entries)
    } else {
        PrincipalElement::Principal(entries)
    }))
}

fn conditions(
    statement: &Map<String, Value>,
    place: &str,
    variables: bool,
) -> Result<Vec<Condition>, PolicyDocumentError> {
    let Some(block) = statement.get("Condition") else {
        return Ok(Vec::new());
    };
    let place = format!("{place}.Condition");
    let mut conditions = Vec::new();
    for (operator, keys) in object(block, &place)? {
        let place = format!("{place}.{operator}");
        for (key, values) in object(keys, &place)? {
            let values = scalars(values, &format!("{place}.{key}"))?;
            conditions.push(Condition::new(operator, key, values, variables));
        }
    }
    Ok(conditions)
}

/// One of two elements that exclude each other, and whether it is the negated one.
fn either<'a>(
    statement: &'a Map<String, Value>,
    positive: &'static str,
    negative: &'static str,
    place: &str,
) -> Result<Option<(bool, &'a Value)>, PolicyDocumentError> {
    match (statement.get(positive), statement.get(negative)) {
        (Some(_), Some(_)) => Err(at(place, Problem::Both(positive, negative))),
        (Some(element), None) => Ok(Some((false, element))),
        (None, Some(element)) => Ok(Some((true, element))),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::PolicyDocument;

    fn error(document: &Value) -> String {
        PolicyDocument::parse(document).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_place() {
        let cases = [
            json!(null),
            json!([]),
            json!({}),
            json!({"Version": 2012, "Statement": []}),
            json!({"Statement": "Allow"}),
            json!({"Statement": ["Allow"]}),
            json!({"Statement": [{"Action": "*"}]}),
            json!({"Statement": [{"Effect": "allow", "Action": "*"}]}),
            json!({"Statement": [{"Effect": "Allow"}]}),
            json!({"Statement": [{"Effect": "Allow", "Action": "*", "NotAction": "*"}]}),
            json!({"Statement": [{"Effect": "Allow", "Action": ["ecr:*", 7]}]}),
            json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": {"a": 1}}]}),
            json!({"Statement": [{"Effect": "Allow", "Action": "*", "Principal": ["*"]}]}),
            json!({"Statement": [{"Effect": "Allow", "Action": "*", "Principal": {"AWS": null}}]}),
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Sid": 1}}),
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Condition": []}}),
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": "x"}}}),
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {"k": [null]}}}}),
        ];
        let errors: Vec<_> = cases.iter().map(error).collect();
        insta::assert_snapshot!(errors.join("\n"), @r"
        policy document is malformed at `document`: expected an object, found null
        policy document is malformed at `document`: expected an object, found a list
        policy document is malformed at `document`: `Statement` is missing
        policy document is malformed at `Version`: expected a string, found a number
        policy document is malformed at `Statement`: expected an object, found a string
        policy document is malformed at `Statement[0]`: expected an object, found a string
        policy document is malformed at `Statement[0]`: `Effect` is missing
        policy document is malformed at `Statement[0].Effect`: an effect is `Allow` or `Deny`, not `allow`
        policy document is malformed at `Statement[0]`: `Action` is missing
        policy document is malformed at `Statement[0]`: `Action` and `NotAction` exclude each other
        policy document is malformed at `Statement[0].Action[1]`: expected a string, found a number
        policy document is malformed at `Statement[0].Resource`: expected a string or a list of strings, found an object
        policy document is malformed at `Statement[0].Principal`: expected `*` or an object, found a list
        policy document is malformed at `Statement[0].Principal.AWS`: expected a string or a list of strings, found null
        policy document is malformed at `Statement.Sid`: expected a string, found a number
        policy document is malformed at `Statement.Condition`: expected an object, found a list
        policy document is malformed at `Statement.Condition.Bool`: expected an object, found a string
        policy document is malformed at `Statement.Condition.Bool.k[0]`: expected a string, a number or a boolean, found null
        ");
    }

    #[test]
    fn text_that_is_not_json() {
        insta::assert_snapshot!(PolicyDocument::parse_text("{").unwrap_err(), @"policy document is malformed at `document`: not JSON (EOF while parsing an object at line 1 column 1)");
    }

    #[test]
    fn unknown_elements_are_tolerated_and_named() {
        let document = PolicyDocument::parse(&json!({
            "Comment": "x",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Actions": "ecr:*"}]
        }))
        .unwrap();
        assert_eq!(
            document.unrecognised_elements(),
            ["Comment", "Statement[0].Actions"]
        );
    }

    #[test]
    fn statements_are_quoted_as_read() {
        let statement = json!({"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"});
        for document in [json!({"Statement": statement}), json!({"Statement": [statement]})] {
            let parsed = PolicyDocument::parse(&document).unwrap();
            assert_eq!((parsed.len(), parsed.is_empty()), (1, false));
            assert_eq!(parsed.statement_source(0), Some(&statement));
            assert_eq!(parsed.statement_source(1), None);
            assert_eq!(serde_json::to_value(&parsed).unwrap(), document);
        }
    }
}
