//! MongoDB Extended JSON (v2) from the bytes of documents: straight to text, for streams of many.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::rawdoc::{Element, Elements, Malformed, length};

/// The two forms of extended JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Easy to read: numbers are numbers, dates are RFC 3339.
    #[default]
    Relaxed,
    /// Every value keeps its type.
    Canonical,
}

/// Whether the text says all that was in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// It does.
    Exact,
    /// Some of its text is not UTF-8, which JSON must be; what is not was replaced by U+FFFD.
    Mended,
}

/// Documents in documents; the server takes 180.
const DEEPEST: u32 = 250;

/// The first moment of the year 10000, in milliseconds since 1970: relaxed dates end before it.
const YEAR_10000: i64 = 253_402_300_800_000;

const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut n = 0;
    while n < 256 {
        table[n] = [digits[n >> 4], digits[n & 15]];
        n += 1;
    }
    table
};

const PAIRS: [[u8; 2]; 100] = {
    let mut table = [[0; 2]; 100];
    let mut n: u8 = 0;
    while n < 100 {
        table[n as usize] = [b'0' + n / 10, b'0' + n % 10];
        n += 1;
    }
    table
};

/// Writes a document behind what is in `out`.
///
/// # Errors
/// Where these bytes are no document; `out` is as it was then.
pub fn write(document: &[u8], form: Form, out: &mut Vec<u8>) -> Result<Text, Malformed> {
    let start = out.len();
    let mut writer = Writer { form, out, text: Text::Exact };
    match writer.document(document, 0) {
        Ok(()) => Ok(writer.text),
        Err(malformed) => {
            out.truncate(start);
            Err(malformed)
        }
    }
}

/// A document as JSON, for what is not many.
pub fn value(document: &bson::Document, form: Form) -> serde_json::Value {
    let value = bson::Bson::Document(document.clone());
    match form {
        Form::Relaxed => value.into_relaxed_extjson(),
        Form::Canonical => value.into_canonical_extjson(),
    }
}

/// A document as it is; where its text is not UTF-8 everywhere, with what is not replaced.
pub fn document(raw: &bson::RawDocument) -> bson::Document {
    let mended = || {
        let mut text = Vec::new();
        write(raw.as_bytes(), Form::Canonical, &mut text).ok()?;
        let map: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&text).ok()?;
        bson::Document::try_from(map).ok()
    };
    bson::Document::try_from(raw).ok().or_else(mended).unwrap_or_default()
}

struct Writer<'a> {
    form: Form,
    out: &'a mut Vec<u8>,
    text: Text,
}

impl Writer<'_> {
    fn put(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    fn document(&mut self, document: &[u8], depth: u32) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed);
        }
        let mut elements = Elements::of(document)?;
        let mut open: u8 = b'{';
        while let Some(element) = elements.next()? {
            self.out.push(open);
            open = b',';
            self.string(element.name);
            self.out.push(b':');
            self.value(&element, depth)?;
        }
        self.put(if open == b'{' { b"{}" } else { b"}" });
        Ok(())
    }

    fn array(&mut self, array: &[u8], depth: u32) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(Malformed);
        }
        let mut elements = Elements::of(array)?;
        let mut open: u8 = b'[';
        while let Some(element) = elements.next()? {
            self.out.push(open);
            open = b',';
            self.value(&element, depth)?;
        }
        self.put(if open == b'[' { b"[]" } else { b"]" });
        Ok(())
    }

    fn value(&mut self, element: &Element<'_>, depth: u32) -> Result<(), Malformed> {
        let value = element.value;
        match element.kind {
            0x01 => self.double(f64::from_le_bytes(fixed(value)?)),
            0x02 => self.string(counted(value)?),
            0x03 => self.document(value, depth + 1)?,
            0x04 => self.array(value, depth + 1)?,
            0x05 => self.binary(value)?,
            0x06 => self.put(br#"{"$undefined":true}"#),
            0x07 => self.object_id(value),
            0x08 => self.put(if value == [0] { b"false" } else { b"true" }),
            0x09 => self.date(i64::from_le_bytes(fixed(value)?)),
            0x0A => self.put(b"null"),
            0x0B => self.regex(value)?,
            0x0C => {
                let (name, id) = value.split_last_chunk::<12>().ok_or(Malformed)?;
                self.put(br#"{"$dbPointer":{"$ref":"#);
                self.string(counted(name)?);
                self.put(br#","$id":"#);
                self.object_id(id);
                self.put(b"}}");
            }
            0x0D => self.wrapped(br#"{"$code":"#, counted(value)?),
            0x0E => self.wrapped(br#"{"$symbol":"#, counted(value)?),
            0x0F => {
                let code = value.get(4..).ok_or(Malformed)?;
                let (code, scope) = code.split_at_checked(length(code)?.saturating_add(4)).ok_or(Malformed)?;
                self.put(br#"{"$code":"#);
                self.string(counted(code)?);
                self.put(br#","$scope":"#);
                self.document(scope, depth + 1)?;
                self.out.push(b'}');
            }
            0x10 => self.number(br#"{"$numberInt":""#, i64::from(i32::from_le_bytes(fixed(value)?))),
            0x11 => self.timestamp(u64::from_le_bytes(fixed(value)?)),
            0x12 => self.number(br#"{"$numberLong":""#, i64::from_le_bytes(fixed(value)?)),
            0x13 => {
                let decimal = bson::Decimal128::from_bytes(fixed(value)?).to_string();
                self.wrapped(br#"{"$numberDecimal":"#, decimal.as_bytes());
            }
            0x7F => self.put(br#"{"$maxKey":1}"#),
            0xFF => self.put(br#"{"$minKey":1}"#),
            _ => return Err(Malformed),
        }
        Ok(())
    }

    fn wrapped(&mut self, open: &[u8], text: &[u8]) {
        self.put(open);
        self.string(text);
        self.out.push(b'}');
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push(b'"');
        if is_plain(text) {
            self.put(text);
        } else if std::str::from_utf8(text).is_ok() {
            self.escaped(text);
        } else {
            self.text = Text::Mended;
            let mended = String::from_utf8_lossy(text).into_owned();
            self.escaped(mended.as_bytes());
        }
        self.out.push(b'"');
    }

    fn escaped(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(at) = rest.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\') {
            self.put(&rest[..at]);
            match rest[at] {
                b'"' => self.put(b"\\\""),
                b'\\' => self.put(b"\\\\"),
                b'\n' => self.put(b"\\n"),
                b'\r' => self.put(b"\\r"),
                b'\t' => self.put(b"\\t"),
                control => {
                    self.put(b"\\u00");
                    self.put(&HEX[usize::from(control)]);
                }
            }
            rest = &rest[at + 1..];
        }
        self.put(rest);
    }

    fn number(&mut self, open: &[u8], number: i64) {
        if self.form == Form::Relaxed {
            return self.integer(number);
        }
        self.put(open);
        self.integer(number);
        self.put(b"\"}");
    }

    fn integer(&mut self, number: i64) {
        let mut digits = [0; 20];
        let (mut at, mut rest) = (digits.len(), number.unsigned_abs());
        while rest >= 100 {
            at -= 2;
            digits[at..at + 2].copy_from_slice(&pair(rest % 100));
            rest /= 100;
        }
        at -= 2;
        digits[at..at + 2].copy_from_slice(&pair(rest));
        if rest < 10 {
            at += 1;
        }
        if number < 0 {
            self.out.push(b'-');
        }
        self.put(&digits[at..]);
    }

    fn double(&mut self, number: f64) {
        let special = match number {
            _ if number.is_nan() => Some("NaN"),
            f64::INFINITY => Some("Infinity"),
            f64::NEG_INFINITY => Some("-Infinity"),
            _ => None,
        };
        if let Some(word) = special {
            return self.wrapped(br#"{"$numberDouble":"#, word.as_bytes());
        }
        if self.form == Form::Canonical {
            self.put(br#"{"$numberDouble":""#);
        }
        // The shortest digits that read back as this number, with a point or an exponent. Memory takes them all.
        let _ = serde_json::to_writer(&mut *self.out, &number);
        if self.form == Form::Canonical {
            self.put(b"\"}");
        }
    }

    fn object_id(&mut self, id: &[u8]) {
        let mut text = *br#"{"$oid":"000000000000000000000000"}"#;
        for (byte, at) in id.iter().zip((9..33).step_by(2)) {
            text[at..at + 2].copy_from_slice(&HEX[usize::from(*byte)]);
        }
        self.put(&text);
    }

    fn date(&mut self, millis: i64) {
        if self.form == Form::Canonical || !(0..YEAR_10000).contains(&millis) {
            self.put(br#"{"$date":{"$numberLong":""#);
            self.integer(millis);
            return self.put(b"\"}}");
        }
        let mut text = *br#"{"$date":"0000-00-00T00:00:00.000Z"}"#;
        let (day, time) = (millis.unsigned_abs() / 86_400_000, millis.unsigned_abs() % 86_400_000);
        let (year, month, day) = civil(day);
        let (second, milli) = (time / 1000, time % 1000);
        for (at, two) in [
            (10, year / 100),
            (12, year % 100),
            (15, month),
            (18, day),
            (21, second / 3600),
            (24, second / 60 % 60),
            (27, second % 60),
            (31, milli % 100),
        ] {
            text[at..at + 2].copy_from_slice(&pair(two));
        }
        if milli == 0 {
            self.put(&text[..29]);
            return self.put(b"Z\"}");
        }
        text[30] = pair(milli / 100)[1];
        self.put(&text);
    }

    fn timestamp(&mut self, stamp: u64) {
        self.put(br#"{"$timestamp":{"t":"#);
        self.integer(i64::try_from(stamp >> 32).unwrap_or_default());
        self.put(br#","i":"#);
        self.integer(i64::try_from(stamp & u64::from(u32::MAX)).unwrap_or_default());
        self.put(b"}}");
    }

    fn binary(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let (kind, mut bytes) = value.get(4..).and_then(<[u8]>::split_first).ok_or(Malformed)?;
        // The old kind has its length twice.
        if *kind == 0x02 {
            let (inner, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
            if usize::try_from(i32::from_le_bytes(*inner)) != Ok(rest.len()) {
                return Err(Malformed);
            }
            bytes = rest;
        }
        self.put(br#"{"$binary":{"base64":""#);
        let start = self.out.len();
        self.out.resize(start + bytes.len().div_ceil(3) * 4, b'=');
        STANDARD.encode_slice(bytes, &mut self.out[start..]).map_err(|_| Malformed)?;
        self.put(br#"","subType":""#);
        self.put(&HEX[usize::from(*kind)]);
        self.put(b"\"}}");
        Ok(())
    }

    fn regex(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let mut parts = value.split(|byte| *byte == 0);
        let (Some(pattern), Some(options)) = (parts.next(), parts.next()) else { return Err(Malformed) };
        let mut options = options.to_vec();
        options.sort_unstable();
        self.put(br#"{"$regularExpression":{"pattern":"#);
        self.string(pattern);
        self.put(br#","options":"#);
        self.string(&options);
        self.put(b"}}");
        Ok(())
    }
}

/// Whether the text stands in JSON as it is.
fn is_plain(text: &[u8]) -> bool {
    // Control characters wrap to large numbers, as what is not ASCII is one.
    let special = |byte: &u8| byte.wrapping_sub(0x20) >= 0x60 || *byte == b'"' || *byte == b'\\';
    // Whole pieces without a way out in between: the compiler makes one comparison of sixteen.
    let (pieces, rest) = text.as_chunks::<16>();
    pieces.iter().all(|piece| !piece.iter().fold(false, |any, byte| any | special(byte)))
        && !rest.iter().fold(false, |any, byte| any | special(byte))
}

fn pair(n: u64) -> [u8; 2] {
    usize::try_from(n).ok().and_then(|n| PAIRS.get(n)).copied().unwrap_or(*b"??")
}

fn fixed<const N: usize>(value: &[u8]) -> Result<[u8; N], Malformed> {
    value.try_into().map_err(|_| Malformed)
}

/// The text behind its length, without the NUL at its end.
fn counted(value: &[u8]) -> Result<&[u8], Malformed> {
    match value.get(4..) {
        Some([text @ .., 0]) if length(value)? == text.len() + 1 => Ok(text),
        _ => Err(Malformed),
    }
}

/// Year, month and day of so many days after the first of 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years that begin in March end with the day that is not always there.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

#[cfg(test)]
mod tests;
