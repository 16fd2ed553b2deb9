//! Further fields of a new account that may be given: those that are the same in every account unless somebody says so.

use bson::Bson;

use crate::domain::description::AccountShape;
use crate::domain::fields::Source;
use crate::domain::similar::nearest;
use crate::domain::template::Var;
use crate::error::{Error, Result, code};

/// The paths whose value may be given for a new account.
pub fn settable(shape: &AccountShape) -> Vec<&str> {
    let never = [shape.state.as_ref().map(|state| state.field.as_str()), shape.touch.as_deref(), Some("_id")];
    let free = |source: &Source| match source {
        Source::Constant(value) => matches!(
            value,
            Bson::Boolean(_) | Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::String(_) | Bson::Null
        ),
        Source::Template(template) => template.mentioned().all(|var| var == Var::LocalPart),
    };
    let fields = shape.fields.iter().filter(|(path, source)| !never.contains(&Some(*path)) && free(source));
    fields.map(|(path, _)| path).collect()
}

/// A value for a field, of the type that the field has.
///
/// # Errors
/// `E0101`.
pub fn accept_value(shape: &AccountShape, path: &str, text: &str) -> Result<Bson> {
    let known = settable(shape);
    if !known.contains(&path) {
        let error = Error::new(&code::BAD_ARGUMENT, format!("{path:?} is no field that can be given for an account"));
        return Err(match nearest(path, known.iter().copied()) {
            Some(meant) => error.next(format!("did you mean {meant:?}?")),
            None if known.is_empty() => error.next("the platform description has none under [account.fields]"),
            None => error.next(format!("there are {}", known.join(", "))),
        });
    }
    let source = shape.fields.iter().find(|(known, _)| *known == path).map(|(_, source)| source);
    let refuse = |what: &str| Err(Error::new(&code::BAD_ARGUMENT, format!("{path}: {text:?} is not {what}")));
    match source {
        Some(Source::Constant(Bson::Boolean(_))) => match text {
            "true" => Ok(Bson::Boolean(true)),
            "false" => Ok(Bson::Boolean(false)),
            _ => refuse("true or false"),
        },
        Some(Source::Constant(Bson::Int32(_) | Bson::Int64(_))) => match text.parse::<i64>() {
            Ok(number) => Ok(i32::try_from(number).map_or(Bson::Int64(number), Bson::Int32)),
            Err(_) => refuse("a whole number"),
        },
        Some(Source::Constant(Bson::Double(_))) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Bson::Double(number)),
            _ => refuse("a number"),
        },
        _ if text.contains('\0') => refuse("text that a database takes"),
        _ => Ok(Bson::String(text.to_owned())),
    }
}
