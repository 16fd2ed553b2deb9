"""What other people's code says of flowbit's tokens and hashes, and what it makes itself. One request, JSON on stdin."""

import hashlib
import json
import sys

import bcrypt
import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


def key_of(asked):
    if "jwks" in asked:
        kid = jwt.get_unverified_header(asked["token"])["kid"]
        return next(key for key in jwt.PyJWKSet.from_dict(asked["jwks"]).keys if key.key_id == kid).key
    return asked["key"]


def verify(asked):
    options = {"require": ["exp", "iat"]}
    return jwt.decode(
        asked["token"], key_of(asked), algorithms=[asked["alg"]], audience=asked.get("aud"), issuer=asked.get("iss"), options=options
    )


def sign(asked):
    return jwt.encode(asked["claims"], asked["key"], algorithm=asked["alg"], headers=asked.get("headers"))


def over_sha256(password):
    return hashlib.sha256(password.strip().encode()).digest()


def check(asked):
    password, stored = asked["password"], asked["hash"]
    if stored.startswith("$argon2"):
        try:
            return PasswordHasher().verify(stored, password)
        except VerifyMismatchError:
            return False
    if stored.startswith("$bcrypt-sha256$"):
        return bcrypt.checkpw(over_sha256(password), stored.removeprefix("$bcrypt-sha256$").encode())
    return bcrypt.checkpw(password.encode(), stored.encode())


def make(asked):
    password = asked["password"]
    if asked["scheme"] == "argon2id":
        return PasswordHasher(time_cost=1, memory_cost=64, parallelism=2).hash(password)
    if asked["scheme"] == "bcrypt_sha256":
        return "$bcrypt-sha256$" + bcrypt.hashpw(over_sha256(password), bcrypt.gensalt(4)).decode()
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, prefix=asked.get("prefix", "2b").encode())).decode()


asked = json.load(sys.stdin)
print(json.dumps({"verify": verify, "sign": sign, "check": check, "make": make}[asked["do"]](asked)))
