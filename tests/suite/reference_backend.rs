//! A small backend of tickets in the test's own process, whole or with holes: what `flowbit isolation probe` is tried on.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::{Client, Collection};
use serde_json::{Map, Value, json};

use crate::world::World;

/// The key of its tokens.
pub const SECRET: &str = "kP7!vQ2x#Lw9Zt4Rb6Nc8Hd3Fg5Js1Ym";

/// The secret of its webhook.
pub const HOOK: &str = "hook-Zt4Rb6Nc8Hd3Fg5Js1YmkP7vQ2xLw9";

/// Where tenants are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lives {
    /// In `tickets`, by `customerId`.
    Shared,
    /// In `tickets` of a database of their own.
    Database,
    /// In `org_<slug>_tickets`.
    Collection,
}

struct House {
    client: Client,
    runtime: tokio::runtime::Runtime,
    db: String,
    lives: Lives,
    holes: BTreeSet<&'static str>,
    hits: Mutex<Vec<String>>,
    stop: AtomicBool,
}

/// A backend that runs until it is dropped.
pub struct Backend {
    pub port: u16,
    house: Arc<House>,
}

impl Backend {
    pub fn start(world: &World, lives: Lives, holes: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(Client::with_uri_str(world.uri())).unwrap();
        let house = Arc::new(House {
            client,
            runtime,
            db: world.db.clone(),
            lives,
            holes: holes.iter().copied().collect(),
            hits: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let serving = Arc::clone(&house);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stop.load(Ordering::Relaxed) {
                    return;
                }
                let house = Arc::clone(&serving);
                std::thread::spawn(move || drop(house.serve(stream.unwrap())));
            }
        });
        Self { port, house }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked: method and path.
    pub fn hits(&self) -> Vec<String> {
        self.house.hits.lock().unwrap().clone()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.house.stop.store(true, Ordering::Relaxed);
        // Wakes it up.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

struct Asked {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Value,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn query(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// Status and body; or headers besides.
struct Reply(u16, String, Vec<(&'static str, String)>);

fn reply(status: u16, body: &Value) -> Reply {
    Reply(status, body.to_string(), vec![("Content-Type", "application/json".to_owned())])
}

fn refused(status: u16) -> Reply {
    reply(status, &json!({ "error": "no" }))
}

/// Who asks.
struct Caller {
    /// The tenant; a filter's operator where there is a hole.
    tenant: Bson,
    spelt: bool,
    role: String,
    user: ObjectId,
}

impl House {
    fn has(&self, hole: &str) -> bool {
        self.holes.contains(hole)
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("/").to_owned());
        let (mut headers, mut length) = (Vec::new(), 0_usize);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let hits = {
            let mut hits = self.hits.lock().unwrap();
            hits.push(format!("{method} {target}"));
            hits.len()
        };
        if self.has("dies") && hits == 8 {
            // Nobody listens from here on.
            self.stop.store(true, Ordering::Relaxed);
            let _ = TcpStream::connect(stream.local_addr()?);
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        });
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let asked = Asked { method, path: decoded(path), query: query.collect(), headers, body };
        let answer = self.answer(&asked);
        let Reply(status, body, headers) = answer;
        let mut stream = stream;
        let length = if self.has("slow") { body.len() + 1000 } else { body.len() };
        let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n");
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(body.as_bytes())?;
        stream.flush()?;
        if self.has("slow") {
            // The rest never comes.
            std::thread::sleep(Duration::from_secs(3));
        }
        Ok(())
    }

    fn answer(&self, asked: &Asked) -> Reply {
        if let Some(status) = self.holes.iter().find_map(|hole| hole.strip_prefix("always:")) {
            return refused(status.parse().unwrap());
        }
        let parts: Vec<&str> = asked.path.split('/').filter(|part| !part.is_empty()).collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("POST", ["login"]) => return self.login(asked),
            ("POST", ["webhook"]) => return self.webhook(asked),
            _ => {}
        }
        let caller = match self.caller(asked) {
            Ok(caller) => caller,
            Err(status) => return refused(status),
        };
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["api", "tickets"]) => self.list(asked, caller.as_ref()),
            ("GET", ["api", "tickets", id]) => self.read(caller.as_ref(), id),
            ("PUT", ["api", "tickets", id]) => self.update(asked, caller.as_ref(), id),
            ("DELETE", ["api", "tickets", id]) => self.delete(caller.as_ref(), id),
            ("POST", ["api", "tickets"]) => self.create(asked, caller.as_ref()),
            ("POST", ["api", "search"]) => self.search(asked, caller.as_ref()),
            ("GET", ["api", "admin"]) => match caller {
                Some(caller) if caller.role.eq_ignore_ascii_case("admin") || self.has("role") => {
                    reply(200, &json!({ "ok": true }))
                }
                _ => refused(403),
            },
            _ => refused(404),
        }
    }

    /// Who asks; nobody, where that is a hole.
    fn caller(&self, asked: &Asked) -> Result<Option<Caller>, u16> {
        let Some(token) = asked.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
            return if self.has("no-token") { Ok(None) } else { Err(401) };
        };
        let claims = self.verified(token).ok_or(401_u16)?;
        let id =
            claims.get("userId").and_then(Value::as_str).and_then(|id| ObjectId::parse_str(id).ok()).ok_or(401_u16)?;
        let user = self.user(&claims, doc! { "_id": id });
        let role = match &user {
            Some(user) if user.get_bool("isActive").is_ok_and(|active| !active) && !self.has("disabled") => {
                return Err(401);
            }
            Some(user) => user.get_str("role").unwrap_or("").to_owned(),
            None if self.has("nobody") => String::new(),
            None => return Err(401),
        };
        let role = if self.has("role-claim") { claims["role"].as_str().unwrap_or("").to_owned() } else { role };
        let claim = claims.get("customerId");
        let mut spelt = false;
        let tenant = match claim {
            None if self.has("claim-missing") => Bson::Document(doc! { "$exists": true }),
            Some(Value::Null) if self.has("claim-null") => Bson::Document(doc! { "$exists": true }),
            Some(object @ Value::Object(_)) if self.has("claim-operator") => Bson::try_from(object.clone()).unwrap(),
            Some(Value::String(name)) if self.has("spelling") => {
                spelt = true;
                Bson::String(name.trim().to_lowercase())
            }
            // The name of a store is made of it.
            Some(Value::String(name)) if self.lives != Lives::Shared && !is_slug(name) => return Err(401),
            Some(Value::String(name)) => {
                if user.as_ref().is_some_and(|user| !self.is_of(user, name)) {
                    return Err(401);
                }
                Bson::String(name.clone())
            }
            _ => return Err(401),
        };
        let header = asked.header("x-tenant");
        let tenant = match header {
            Some(header) if self.has("header") => Bson::String(header.to_owned()),
            // A header that says something else than the token.
            Some(header) if tenant.as_str().is_some_and(|name| !spelt && name != header) => return Err(403),
            _ => tenant,
        };
        Ok(Some(Caller { tenant, spelt, role, user: id }))
    }

    fn is_of(&self, user: &Document, tenant: &str) -> bool {
        match self.lives {
            Lives::Shared => user.get_str("customerId").is_ok_and(|name| name == tenant),
            // An account of the tenant's own database, or one that names it.
            Lives::Database => true,
            Lives::Collection => user.get_str("tenantName").is_ok_and(|name| name.replace(' ', "-") == tenant),
        }
    }

    fn user(&self, claims: &Map<String, Value>, filter: Document) -> Option<Document> {
        let tenant = claims.get("customerId").and_then(Value::as_str).unwrap_or_default();
        let users: Collection<Document> = match self.lives {
            Lives::Database => self.client.database(&format!("{}_{tenant}", self.db)).collection("users"),
            _ => self.client.database(&self.db).collection("users"),
        };
        self.runtime.block_on(users.find_one(filter).into_future()).unwrap()
    }

    fn verified(&self, token: &str) -> Option<Map<String, Value>> {
        let parts: Vec<&str> = token.split('.').collect();
        let [head, body, signature] = parts.as_slice() else { return None };
        let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let (header, claims) = (read(head)?, read(body)?);
        match header["alg"].as_str()? {
            "HS256" => {
                let key = jsonwebtoken::DecodingKey::from_secret(SECRET.as_bytes());
                let message = format!("{head}.{body}");
                let good =
                    jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256);
                if !good.unwrap_or(false) && !self.has("unverified") {
                    return None;
                }
            }
            none if none.eq_ignore_ascii_case("none") && self.has("unsigned") => {}
            _ => return None,
        }
        let now = bson::DateTime::now().timestamp_millis() / 1000;
        if claims["exp"].as_i64()? < now && !self.has("expired") {
            return None;
        }
        claims.as_object().cloned()
    }

    /// Where tickets of a tenant are, and the filter that finds them.
    fn place(&self, tenant: &Bson) -> (Collection<Document>, Document) {
        let name = tenant.as_str().unwrap_or_default();
        match self.lives {
            Lives::Shared => {
                (self.client.database(&self.db).collection("tickets"), doc! { "customerId": tenant.clone() })
            }
            Lives::Database => (self.client.database(&format!("{}_{name}", self.db)).collection("tickets"), doc! {}),
            Lives::Collection => (self.client.database(&self.db).collection(&format!("org_{name}_tickets")), doc! {}),
        }
    }

    fn scope(&self, caller: Option<&Caller>, hole: &str) -> (Collection<Document>, Document) {
        let Some(caller) = caller else {
            return (self.client.database(&self.db).collection("tickets"), doc! {});
        };
        let (tickets, mut filter) = self.place(&caller.tenant);
        if caller.spelt {
            let text = caller.tenant.as_str().unwrap_or_default();
            filter = doc! { "customerId": { "$regex": format!("^\\s*{text}\\s*$"), "$options": "i" } };
        }
        if self.has(hole) {
            filter = doc! {};
        }
        (tickets, filter)
    }

    fn shown(&self, tickets: &Collection<Document>, filter: Document) -> Reply {
        let found: Vec<Document> = self.runtime.block_on(async {
            let found = tickets.find(filter).sort(doc! { "_id": -1 }).limit(100).await.unwrap();
            found.try_collect().await.unwrap()
        });
        if self.has("text") {
            return Reply(200, "<html>no JSON</html>".to_owned(), Vec::new());
        }
        let mut body = json!({ "tickets": found }).to_string();
        if self.has("huge") {
            body.insert_str(0, &"x".repeat(3 * 1024 * 1024));
        }
        Reply(200, body, Vec::new())
    }

    fn list(&self, asked: &Asked, caller: Option<&Caller>) -> Reply {
        let (tickets, mut filter) = self.scope(caller, "list");
        if self.has("query") {
            for (name, value) in &asked.query {
                match name.as_str() {
                    "customerId" => drop(filter.insert("customerId", value.as_str())),
                    "customerId[$ne]" => drop(filter.insert("customerId", doc! { "$ne": value.as_str() })),
                    "customerId[$gt]" => drop(filter.insert("customerId", doc! { "$gt": value.as_str() })),
                    _ => {}
                }
            }
        }
        let ids = |name: &str| -> Vec<ObjectId> {
            asked.query(name).iter().filter_map(|id| ObjectId::parse_str(id).ok()).collect()
        };
        if self.has("array") && !ids("_id[]").is_empty() {
            filter = doc! { "_id": { "$in": ids("_id[]") } };
        }
        if self.has("operator") && !ids("_id[$in][]").is_empty() {
            filter = doc! { "_id": { "$in": ids("_id[$in][]") } };
        }
        self.shown(&tickets, filter)
    }

    fn read(&self, caller: Option<&Caller>, id: &str) -> Reply {
        if let Some(port) = self.holes.iter().find_map(|hole| hole.strip_prefix("redirect:")) {
            return Reply(302, String::new(), vec![("Location", format!("http://127.0.0.1:{port}/stolen"))]);
        }
        if self.has("broken") {
            return refused(500);
        }
        let (tickets, mut filter) = self.scope(caller, "read");
        match ObjectId::parse_str(id) {
            Ok(id) => drop(filter.insert("_id", id)),
            Err(_) if self.has("array") && id.contains(',') => {
                let ids: Vec<ObjectId> = id.split(',').filter_map(|id| ObjectId::parse_str(id).ok()).collect();
                filter = doc! { "_id": { "$in": ids } };
            }
            Err(_) if self.has("operator") && id.starts_with('{') => {
                let operator: Value = serde_json::from_str(id).unwrap();
                let ids: Vec<ObjectId> = operator["$in"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|id| ObjectId::parse_str(id.as_str()?).ok())
                    .collect();
                filter = doc! { "_id": { "$in": ids } };
            }
            Err(_) => return refused(400),
        }
        let found = self.runtime.block_on(tickets.find_one(filter.clone()).into_future()).unwrap();
        match found {
            Some(_) => self.shown(&tickets, filter),
            None if self.has("existence") => {
                let anywhere = doc! { "_id": filter.get("_id").cloned() };
                let there = self.runtime.block_on(tickets.find_one(anywhere).into_future()).unwrap();
                refused(if there.is_some() { 403 } else { 404 })
            }
            None => refused(404),
        }
    }

    fn update(&self, asked: &Asked, caller: Option<&Caller>, id: &str) -> Reply {
        let (tickets, mut filter) = self.scope(caller, "update");
        let Ok(id) = ObjectId::parse_str(id) else { return refused(400) };
        filter.insert("_id", id);
        let mut set = doc! { "updated": true };
        for (name, value) in asked.body.as_object().into_iter().flatten() {
            let known = matches!(name.as_str(), "title" | "status") && value.is_string();
            let mass = self.has("mass") && !matches!(name.as_str(), "_id" | "id");
            if known || mass {
                set.insert(name, Bson::try_from(value.clone()).unwrap());
            }
        }
        let done = self.runtime.block_on(tickets.update_one(filter, doc! { "$set": set }).into_future()).unwrap();
        if done.matched_count == 1 { reply(200, &json!({ "ok": true })) } else { refused(404) }
    }

    fn delete(&self, caller: Option<&Caller>, id: &str) -> Reply {
        let (tickets, mut filter) = self.scope(caller, "delete");
        let Ok(id) = ObjectId::parse_str(id) else { return refused(400) };
        filter.insert("_id", id);
        let done = self.runtime.block_on(tickets.delete_one(filter).into_future()).unwrap();
        if done.deleted_count == 1 { reply(200, &json!({ "ok": true })) } else { refused(404) }
    }

    fn create(&self, asked: &Asked, caller: Option<&Caller>) -> Reply {
        let Some(caller) = caller else { return refused(401) };
        let Some(title) = asked.body["title"].as_str() else { return refused(400) };
        let mut tenant = caller.tenant.clone();
        if self.has("create")
            && let Some(other) = asked.body["customerId"].as_str()
        {
            tenant = Bson::String(other.to_owned());
        }
        let (tickets, home) = self.place(&tenant);
        let mut ticket = doc! { "title": title, "status": "Open", "userId": caller.user };
        ticket.extend(home);
        let made = self.runtime.block_on(tickets.insert_one(ticket).into_future()).unwrap();
        reply(201, &json!({ "id": made.inserted_id }))
    }

    fn search(&self, asked: &Asked, caller: Option<&Caller>) -> Reply {
        let (tickets, mut filter) = self.scope(caller, "search");
        let Some(term) = asked.body["q"].as_str() else { return refused(400) };
        filter.insert("title", doc! { "$regex": term });
        if self.has("body")
            && let Some(other) = asked.body.get("customerId")
        {
            filter.insert("customerId", Bson::try_from(other.clone()).unwrap());
        }
        // What was asked for comes back as well.
        let Reply(status, body, headers) = self.shown(&tickets, filter);
        Reply(status, format!("{{\"q\":{},\"found\":{body}}}", json!(term)), headers)
    }

    fn login(&self, asked: &Asked) -> Reply {
        let users: Collection<Document> = self.client.database(&self.db).collection("users");
        let Some(email) = asked.body["email"].as_str() else { return refused(400) };
        let mut filter = doc! { "email": email };
        match &asked.body["password"] {
            Value::String(password) => drop(filter.insert("password", password.as_str())),
            operator if self.has("login") => drop(filter.insert("password", Bson::try_from(operator.clone()).unwrap())),
            _ => return refused(400),
        }
        match self.runtime.block_on(users.find_one(filter).into_future()).unwrap() {
            Some(_) => reply(200, &json!({ "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln" })),
            None => refused(401),
        }
    }

    fn webhook(&self, asked: &Asked) -> Reply {
        let good = match asked.header("x-secret") {
            None => self.has("hook-open"),
            Some(HOOK) => true,
            Some(_) => self.has("hook-guess"),
        };
        if !good {
            return refused(401);
        }
        let tenant = Bson::String(asked.body["customerId"].as_str().unwrap_or_default().to_owned());
        let (tickets, mut filter) = self.place(&tenant);
        if self.has("hook-tenant") {
            filter = doc! {};
        }
        let Ok(id) = ObjectId::parse_str(asked.body["ticketId"].as_str().unwrap_or_default()) else {
            return refused(400);
        };
        filter.insert("_id", id);
        let set = doc! { "$set": { "status": asked.body["status"].as_str().unwrap_or("Closed") } };
        let done = self.runtime.block_on(tickets.update_one(filter, set).into_future()).unwrap();
        if done.matched_count == 1 { reply(200, &json!({ "ok": true })) } else { refused(404) }
    }
}

fn is_slug(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn decoded(text: &str) -> String {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits: String = bytes.by_ref().take(2).map(char::from).collect();
            out.push(u8::from_str_radix(&digits, 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}
