//! Public keys as the PEM that everybody reads (`SubjectPublicKeyInfo`), from their JWK. The three kinds of key have
//! little structure, so it is written here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::error::{Error, Result, code};

/// What stands before an Ed25519 key of 32 bytes.
const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What stands before the two coordinates of a point of P-256; the last byte says that it is not compressed.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// `rsaEncryption` and its empty parameters.
const RSA: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// DER of this kind as PEM, with line feeds alone.
pub(super) fn pem(label: &str, der: Vec<u8>) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), config)
}

/// A public key as PEM.
///
/// # Errors
/// `E0129` for a JWK that is none of a pair.
pub fn public_pem(name: &str, jwk: &Value) -> Result<String> {
    let der = der(jwk).ok_or_else(|| Error::new(&code::WEAK_KEY, format!("{name}: this is no public key")))?;
    Ok(pem("PUBLIC KEY", der))
}

fn der(jwk: &Value) -> Option<Vec<u8>> {
    let bytes = |member: &str| URL_SAFE_NO_PAD.decode(jwk.get(member)?.as_str()?).ok();
    let of_length = |member: &str| bytes(member).filter(|bytes| bytes.len() == 32);
    match jwk.get("kty")?.as_str()? {
        "OKP" => Some([ED25519, &of_length("x")?].concat()),
        "EC" => Some([P256, &of_length("x")?, &of_length("y")?].concat()),
        "RSA" => {
            let numbers = [integer(&bytes("n")?), integer(&bytes("e")?)].concat();
            // The bits of the string are whole bytes: none of the last one is unused.
            let string = [vec![0], element(0x30, &numbers)].concat();
            Some(element(0x30, &[RSA.to_vec(), element(0x03, &string)].concat()))
        }
        _ => None,
    }
}

/// A positive number: a first bit that is set would make it a negative one.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let sign = digits.first().is_none_or(|first| *first >= 0x80);
    element(0x02, &[if sign { vec![0] } else { Vec::new() }, digits].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(0));
            out.extend(bytes);
        }
    }
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ED25519 as EDDSA, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    };

    use super::super::{Bits, Making, SigningKey, make};
    use super::*;
    use crate::domain::token::Algorithm;

    #[test]
    fn others_read_it_and_tell_signatures_by_it() {
        for (algorithm, verification) in [
            (Algorithm::EdDSA, &EDDSA as &'static dyn aws_lc_rs::signature::VerificationAlgorithm),
            (Algorithm::ES256, &ECDSA_P256_SHA256_FIXED),
            (Algorithm::RS256, &RSA_PKCS1_2048_8192_SHA256),
        ] {
            let made = make(&Making { algorithm, bits: Bits::B2048, kid: None }).unwrap();
            let text = public_pem("k", made.public.as_ref().unwrap()).unwrap();
            let parsed = pem::parse(&text).unwrap();
            assert_eq!(parsed.tag(), "PUBLIC KEY");
            let key = ParsedPublicKey::new(verification, parsed.contents()).unwrap();
            let signature = SigningKey::read("k", None, algorithm, &made.text).unwrap().sign("a.b").unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            assert!(key.verify_sig(b"a.b", &signature).is_ok(), "{algorithm}");
        }
        assert!(public_pem("k", &serde_json::json!({ "kty": "oct", "k": "c2VjcmV0" })).is_err());
    }
}
