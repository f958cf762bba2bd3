//! A JSON Schema checker for the keywords that the stream's schema uses.
//!
//! A keyword that is not known here is an error of its own: nothing in the schema goes unchecked unseen.

use serde_json::{Map, Value};
use std::{fs, path::Path};

#[derive(Debug)]
pub struct Schema(Value);

/// Keywords that say nothing about an instance.
const NOTES: [&str; 9] =
    ["$schema", "$id", "$defs", "definitions", "title", "description", "$comment", "examples", "default"];

impl Schema {
    /// The schema of the event stream.
    pub fn of_events() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/events.schema.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).unwrap())
    }

    pub fn new(schema: Value) -> Self {
        Self(schema)
    }

    /// Says what is wrong with an instance.
    pub fn check(&self, instance: &Value) -> Result<(), String> {
        self.check_by(&self.0, instance, "")
    }

    fn check_by(&self, schema: &Value, instance: &Value, at: &str) -> Result<(), String> {
        let rules = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Object(rules) => rules,
            _ => return Err(format!("{at}: nothing may be here")),
        };
        for (keyword, rule) in rules {
            self.check_keyword(rules, keyword, rule, instance, at)?;
        }
        Ok(())
    }

    fn check_keyword(
        &self,
        rules: &Map<String, Value>,
        keyword: &str,
        rule: &Value,
        instance: &Value,
        at: &str,
    ) -> Result<(), String> {
        let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
        let fits = |schema: &Value| self.check_by(schema, instance, at).is_ok();
        let wrong = |what: String| Err(format!("{at}: {what}: {instance}"));
        match keyword {
            _ if NOTES.contains(&keyword) => Ok(()),
            "$ref" => {
                let target = rule.as_str().and_then(|path| self.0.pointer(path.strip_prefix('#')?));
                let target = target.ok_or_else(|| format!("no definition {rule} in the schema"))?;
                self.check_by(target, instance, at)
            }
            "type" if !each(rule).iter().chain([rule]).any(|name| is_type(name, instance)) => {
                wrong(format!("not {rule}"))
            }
            "const" if rule != instance => wrong(format!("not {rule}")),
            "enum" if !each(rule).contains(instance) => wrong(format!("not one of {rule}")),
            "type" | "const" | "enum" | "then" | "else" => Ok(()),
            "allOf" => each(rule).iter().try_for_each(|schema| self.check_by(schema, instance, at)),
            "anyOf" | "oneOf" => self.check_alternatives(keyword, &each(rule), instance, at),
            "not" if fits(rule) => wrong(format!("must not fit {rule}")),
            "not" => Ok(()),
            "if" => {
                let branch = rules.get(if fits(rule) { "then" } else { "else" });
                branch.map_or(Ok(()), |schema| self.check_by(schema, instance, at))
            }
            "minimum" if instance.as_f64().is_some_and(|n| n < rule.as_f64().unwrap()) => {
                wrong(format!("less than {rule}"))
            }
            "maximum" if instance.as_f64().is_some_and(|n| n > rule.as_f64().unwrap()) => {
                wrong(format!("more than {rule}"))
            }
            "minLength"
                if instance.as_str().is_some_and(|s| (s.chars().count() as u64) < rule.as_u64().unwrap()) =>
            {
                wrong(format!("shorter than {rule}"))
            }
            "minItems" if instance.as_array().is_some_and(|a| (a.len() as u64) < rule.as_u64().unwrap()) => {
                wrong(format!("fewer than {rule}"))
            }
            "maxItems" if instance.as_array().is_some_and(|a| a.len() as u64 > rule.as_u64().unwrap()) => {
                wrong(format!("more than {rule}"))
            }
            "minimum" | "maximum" | "minLength" | "minItems" | "maxItems" => Ok(()),
            "pattern" => match instance.as_str() {
                Some(text) if !matches(rule.as_str().unwrap_or(""), text)? => {
                    wrong(format!("does not match {rule}"))
                }
                _ => Ok(()),
            },
            "items" => {
                let mut items = instance.as_array().into_iter().flatten().enumerate();
                items.try_for_each(|(index, item)| self.check_by(rule, item, &format!("{at}/{index}")))
            }
            "required" => {
                let missing = each(rule)
                    .into_iter()
                    .find(|name| instance.is_object() && instance.get(name.as_str().unwrap()).is_none());
                missing.map_or(Ok(()), |name| wrong(format!("{name} is missing")))
            }
            "properties" => {
                let mut fields = rule.as_object().into_iter().flatten();
                fields.try_for_each(|(name, schema)| match instance.get(name) {
                    Some(field) => self.check_by(schema, field, &format!("{at}/{name}")),
                    None => Ok(()),
                })
            }
            "dependentRequired" => {
                let absent = |name: &Value| instance.get(name.as_str().unwrap_or("")).is_none();
                let mut present =
                    rule.as_object().into_iter().flatten().filter(|(name, _)| instance.get(name).is_some());
                let missing = present.find_map(|(_, names)| each(names).into_iter().find(absent));
                missing.map_or(Ok(()), |name| wrong(format!("{name} is missing")))
            }
            "additionalProperties" | "unevaluatedProperties" => self.check_others(rules, rule, instance, at),
            _ => Err(format!("the schema uses {keyword:?}, which this test does not know")),
        }
    }

    fn check_alternatives(
        &self,
        keyword: &str,
        schemas: &[Value],
        instance: &Value,
        at: &str,
    ) -> Result<(), String> {
        let results: Vec<_> = schemas.iter().map(|schema| self.check_by(schema, instance, at)).collect();
        match results.iter().filter(|result| result.is_ok()).count() {
            0 => {
                let whys: Vec<_> = results.into_iter().filter_map(Result::err).collect();
                Err(format!("{at}: fits none of {keyword} ({}): {instance}", whys.join("; ")))
            }
            n if n > 1 && keyword == "oneOf" => Err(format!("{at}: fits {n} of oneOf: {instance}")),
            _ => Ok(()),
        }
    }

    fn check_others(
        &self,
        rules: &Map<String, Value>,
        rule: &Value,
        instance: &Value,
        at: &str,
    ) -> Result<(), String> {
        if rules.contains_key("unevaluatedProperties") && *rule != Value::Bool(true) {
            return Err(
                "the schema closes an object by unevaluatedProperties, which this test does not know"
                    .to_owned(),
            );
        }
        let known = rules.get("properties");
        let mut others = instance
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| known.is_none_or(|known| known.get(name).is_none()));
        others.try_for_each(|(name, field)| self.check_by(rule, field, &format!("{at}/{name}")))
    }
}

fn is_type(name: &Value, instance: &Value) -> bool {
    match name.as_str() {
        Some("null") => instance.is_null(),
        Some("boolean") => instance.is_boolean(),
        Some("integer") => instance.is_i64() || instance.is_u64(),
        Some("number") => instance.is_number(),
        Some("string") => instance.is_string(),
        Some("array") => instance.is_array(),
        Some("object") => instance.is_object(),
        _ => false,
    }
}

/// The patterns that are in use; no regular expressions for the sake of three.
fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match pattern {
        "^([0-9a-f]{2})*$" | "^([0-9a-f][0-9a-f])*$" | "^(?:[0-9a-f]{2})*$" => {
            Ok(hex(text) && text.len().is_multiple_of(2))
        }
        "^([0-9a-f]{2})+$" | "^([0-9a-f][0-9a-f])+$" | "^(?:[0-9a-f]{2})+$" => {
            Ok(hex(text) && text.len().is_multiple_of(2) && !text.is_empty())
        }
        "^[0-9a-f]*$" => Ok(hex(text)),
        "^SIG" => Ok(text.starts_with("SIG")),
        "^E" => Ok(text.starts_with('E')),
        _ => Err(format!("the schema uses the pattern {pattern:?}, which this test does not know")),
    }
}
