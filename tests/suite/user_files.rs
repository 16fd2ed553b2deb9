//! Passwords against the hashes that are stored, and accounts from files: a result for every row.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use bson::{Bson, doc};

use crate::users::{PASSWORD, rich, verifies};
use crate::world::{PAIR, Ran, World};

#[test]
fn passwords_are_checked_against_every_kind_of_hash() {
    let world = World::with_acme(PAIR);

    let bcrypt_of =
        |password: &str, version| bcrypt::hash_with_result(password, 4).unwrap().format_for_version(version);
    let b = bcrypt_of(PASSWORD, bcrypt::Version::TwoB);
    let inner = {
        use sha2::Digest;
        bcrypt::hash(sha2::Sha256::digest(PASSWORD.as_bytes()), 4).unwrap()
    };
    let argon = {
        use argon2::password_hash::PasswordHasher;
        let params = argon2::Params::new(64, 1, 1, None).unwrap();
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        argon.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).unwrap().to_string()
    };
    let kinds = [
        ("a", bcrypt_of(PASSWORD, bcrypt::Version::TwoA), "bcrypt $2a$ cost 4", true),
        ("b", b.clone(), "bcrypt $2b$ cost 4", true),
        ("y", bcrypt_of(PASSWORD, bcrypt::Version::TwoY), "bcrypt $2y$ cost 4", false),
        ("argon", argon, "argon2id m=64 t=1 p=1", false),
        ("sha", format!("$bcrypt-sha256${inner}"), "bcrypt-sha256 $2b$ cost 4", false),
    ];
    let customer = world.one("organizations", doc! {}).get_object_id("_id").unwrap().to_hex();
    let store = |name: &str, hash: Bson| {
        world.insert("users", vec![doc! { "email": format!("{name}@acme.com"), "password": hash, "customerId": &customer, "role": "User", "isActive": true }])
    };
    let check = |name: &str, password: &str| {
        world.typed(&["user", "check-password", &format!("{name}@acme.com"), "--org", "acme", "--json"], password)
    };
    for (name, hash, shown, accepted) in &kinds {
        store(name, Bson::from(hash.as_str()));
        let yes = check(name, PASSWORD).ok();
        let data = &yes.json()["data"];
        assert_eq!((&data["matches"], &data["hash"]["accepted"]), (&true.into(), &(*accepted).into()), "{name}");
        assert!(!yes.stdout.contains(&hash[..20]) && !yes.stdout.contains(PASSWORD));
        let no = check(name, "wrong");
        assert_eq!((no.status, &no.json()["data"]["matches"]), (6, &false.into()));
        let table = world.run(&["user", "show", &format!("{name}@acme.com"), "--org", "acme"]).ok();
        assert!(table.stdout.contains(shown), "{table:?}");
        assert_eq!(*accepted, !table.stderr.contains("does not take the hash"), "{table:?}");
    }
    assert_eq!(
        check("y", PASSWORD).json()["data"]["notes"][0],
        "the platform does not take this hash: Node's bcrypt refuses $2y$"
    );
    // 72 bytes are all that bcrypt reads.
    std::fs::write(world.path("long"), "é".repeat(36)).unwrap();
    world.user("create", &["long@acme.com", "--org", "acme", "--role", "User", "--password-file", "long"]).ok();
    check("long", &"é".repeat(36)).ok();
    let longer = check("long", &format!("{}x", "é".repeat(36)));
    assert!(longer.json()["data"]["notes"].to_string().contains("73 bytes"), "{longer:?}");
    // A letter can be typed in two ways.
    store("nfc", Bson::from(bcrypt_of("caf\u{e9}", bcrypt::Version::TwoB)));
    assert_eq!(check("nfc", "cafe\u{301}").ok().json()["data"]["as"], "nfc");
    assert_eq!(check("nfc", "caf\u{e9}").ok().json()["data"]["as"], "typed");
    store("bytes", Bson::Binary(bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: b.into_bytes() }));
    assert_eq!(check("bytes", PASSWORD).ok().json()["data"]["hash"]["accepted"], false);
    store("clear", Bson::from("hunter2"));
    let clear = check("clear", "hunter2");
    assert_eq!(clear.status, 6);
    assert!(clear.json()["data"]["hash"]["scheme"].as_str().unwrap().contains("no hash"), "{clear:?}");
    let seen = world.user("show", &["clear@acme.com", "--org", "acme"]).ok();
    assert!(!seen.stdout.contains("hunter2"));
    store("none", Bson::Null);
    assert_eq!(check("none", "").status, 6);
    world
        .run_with(
            &["user", "check-password", "b@acme.com", "--org", "acme", "--password-env", "PW"],
            &[("PW", PASSWORD)],
        )
        .ok();
    world.run(&["user", "check-password", "b@acme.com", "--org", "acme", "--password-file", "pw"]).ok();
}

#[test]
fn a_file_of_accounts_has_a_result_for_every_row() {
    let world = World::with_acme(&rich());
    world.found("globex", "admin@globex.com");
    world.add("there@acme.com", "Manager");
    let hash = bcrypt::hash("imported", 4).unwrap();
    let y = bcrypt::hash_with_result("imported", 4).unwrap().format_for_version(bcrypt::Version::TwoY);
    let rows = format!(
        "email,role,password,password_env,hash,nickname,beta\n\
         One@acme.com,Manager,\" secret one \",,,Uno,true\n\
         two@acme.com,,,,{hash},,\n\
         three@acme.com,,,PW3,,,\n\
         four@acme.com,User,,,,,\n\
         there@acme.com,User,whatever,,,,\n\
         bad,User,whatever,,,,\n\
         five@acme.com,user,whatever,,,,\n\
         six@acme.com,User,{long},,,,\n\
         ONE@acme.com,User,whatever,,,,\n\
         admin@globex.com,User,whatever,,,,\n\
         seven@acme.com,User,,,{y},,\n\
         eight@acme.com,User,,NOT_SET,,,\n\
         nine@acme.com,User,whatever,,,,perhaps\n\
         ten@acme.com,User,both,,{hash},,\n",
        long = "x".repeat(73)
    );
    world.private("rows.csv", &rows);
    let words = ["user", "import", "rows.csv", "--org", "acme", "--role", "User", "--json"];
    let env = [("PW3", "secret three")];
    let start = world.start();
    let before = world.state(&start);
    let dry = world.run_with(&[&words[..], &["--dry-run"]].concat(), &env);
    assert_eq!(dry.status, 7, "{dry:?}");
    world.run_with(&words, &env).fails(2, "E0101");
    assert_eq!(world.state(&start), before);
    let expected = [
        ("one@acme.com", "created", ""),
        ("two@acme.com", "created", ""),
        ("three@acme.com", "created", ""),
        ("four@acme.com", "created", ""),
        ("there@acme.com", "exists", ""),
        ("bad", "refused", "E0109"),
        ("five@acme.com", "refused", "E0128"),
        ("six@acme.com", "refused", "E0103"),
        ("one@acme.com", "refused", "E0313"),
        ("admin@globex.com", "refused", "E0313"),
        ("seven@acme.com", "refused", "E0103"),
        ("eight@acme.com", "refused", "E0103"),
        ("nine@acme.com", "refused", "E0101"),
        ("ten@acme.com", "refused", "E0103"),
    ];
    let results = |ran: &Ran| -> Vec<(String, String, String)> {
        let json = ran.json();
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        json["data"]["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (text(row, "email"), text(row, "result"), text(row, "code")))
            .collect()
    };
    let of = |word: &str| {
        expected
            .map(|(email, result, code)| {
                (
                    email.to_owned(),
                    if result == "created" { word.to_owned() } else { result.to_owned() },
                    code.to_owned(),
                )
            })
            .to_vec()
    };
    assert_eq!(results(&dry), of("would create"));

    let ran = world.run_with(&[&words[..], &["--passwords-out", "out.csv"]].concat(), &env);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert_eq!(results(&ran), of("created"));
    let json = ran.json();
    assert_eq!(
        (&json["ok"], &json["changed"], &json["data"]["created"], &json["data"]["refused"]),
        (&false.into(), &true.into(), &4.into(), &9.into())
    );
    let user = |email: &str| world.one("users", doc! { "email": email });
    assert!(verifies(&user("one@acme.com"), "password", " secret one "), "white space is part of a password");
    assert!(verifies(&user("three@acme.com"), "password", "secret three"));
    assert_eq!(user("two@acme.com").get_str("password").unwrap(), hash);
    assert_eq!(
        (user("one@acme.com").get_str("nickname").unwrap(), user("one@acme.com").get_bool("beta").unwrap()),
        ("Uno", true)
    );
    assert_eq!(
        (user("two@acme.com").get_str("role").unwrap(), user("two@acme.com").get_str("nickname").unwrap()),
        ("User", "two")
    );
    assert_eq!(user("there@acme.com").get_str("role").unwrap(), "Manager", "what is there is left as it is");
    let out = std::fs::read_to_string(world.path("out.csv")).unwrap();
    assert_eq!(std::fs::metadata(world.path("out.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    let generated: Vec<&str> = out.lines().collect();
    assert_eq!((generated.len(), generated[0]), (2, "email,password"));
    assert!(verifies(&user("four@acme.com"), "password", generated[1].strip_prefix("four@acme.com,").unwrap()));
    assert_eq!(world.count("org_acme_members"), 6, "copies as well");
    let trail = world.find("audit_logs", doc! { "action": "user.imported" });
    assert_eq!(trail[0].get_document("details").unwrap().get_i64("accounts").unwrap(), 4);
    for ran in [&dry, &ran] {
        let text = format!("{}{}{:?}", ran.stdout, ran.stderr, world.find("flowbit_ops", doc! {}));
        for secret in
            ["secret one", "secret three", "whatever", &hash, &y, generated[1].split(',').next_back().unwrap()]
        {
            assert!(!text.contains(secret), "{secret}");
        }
    }
    // Taken again, nothing is left to be done.
    let start = world.start();
    let before = world.state(&start);
    let again = world.run_with(&words, &env);
    assert_eq!(
        (again.status, &again.json()["changed"], &again.json()["data"]["exists"]),
        (7, &false.into(), &5.into()),
        "{again:?}"
    );
    assert_eq!(world.state(&start), before);
}

#[test]
fn broken_files_are_refused_whole() {
    let world = World::with_acme(&rich());
    let import = |text: &str| {
        world.private("rows", text);
        world.user("import", &["rows", "--org", "acme", "--role", "User", "--passwords-out", "out"])
    };
    let start = world.start();
    let before = world.state(&start);
    for text in [
        "",
        "email\n",
        "mail,password\na@b.cc,secret9\n",
        "a@b.cc,secret9\n",
        "email,password,email\na@b.cc,secret9,a@b.cc\n",
        "email,password\na@b.cc\n",
        "{\"email\":\"a@b.cc\",\"password\":[\"secret9\"]}\n",
        "{\"email\":\"a@b.cc\"}\n\"secret9\"\n",
        "{\"email\":\"a@b.cc\",\"customerId\":\"x\"}\n",
    ] {
        let ran = import(text).fails(2, "E0120");
        assert!(!ran.stderr.contains("secret9"), "{ran:?}");
    }
    world.user("import", &["nowhere", "--org", "acme"]).fails(2, "E0120");
    // Passwords that others can read are no secret.
    std::fs::write(world.path("open.csv"), "email,password\na@b.cc,secret9\n").unwrap();
    std::fs::set_permissions(world.path("open.csv"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = world.user("import", &["open.csv", "--org", "acme", "--role", "User"]).fails(2, "E0120");
    assert_eq!(ran.error()["next"][0], "chmod 600 open.csv");
    // All refused: the status of the first refusal.
    let ran = import("{\"email\":\"bad\"}\n{\"email\":\"x@y.zz\",\"role\":\"nobody\"}\n");
    assert_eq!((ran.status, ran.json()["data"]["refused"].as_i64().unwrap()), (2, 2));
    assert_eq!(world.state(&start), before);
    assert!(!world.path("out").exists());
    let ran = import("{\"email\":\"x@y.zz\",\"password\":\"one two three\",\"beta\":true,\"logins\":3}\n").ok();
    let user = world.one("users", doc! { "email": "x@y.zz" });
    assert_eq!((user.get_bool("beta").unwrap(), user.get_i32("logins").unwrap()), (true, 3), "{ran:?}");
    assert!(!world.path("out").exists(), "nothing was generated");
}

#[test]
fn a_large_file_goes_in_batches_and_on_after_a_kill() {
    let world = World::with_acme(&rich());
    let hash = bcrypt::hash("imported", 4).unwrap();
    let rows: String = (0..1100).map(|n| format!("u{n}@acme.com,{hash}\n")).collect();
    world.private("rows.csv", &format!("email,hash\n{rows}"));
    let words = ["user", "import", "rows.csv", "--org", "acme", "--role", "User", "--json"];
    let killed = world.run_with(&words, &[("FLOWBIT_FAULT", "kill@commit:before#2")]);
    assert_eq!(killed.status, 137);
    assert_eq!(world.count("users"), 501);
    let (id, _) = world.open_operation().unwrap();
    world.run(&words).fails(5, "E0303");
    world.run(&["op", "rollback", &id, "--json"]).ok();
    assert_eq!((world.count("users"), world.count("flowbit_held")), (501, 0));
    let again = world.run(&words).ok().json();
    assert_eq!((&again["data"]["created"], &again["data"]["exists"]), (&600.into(), &500.into()));
    assert_eq!(again["data"]["operations"].as_array().unwrap().len(), 2);
    assert_eq!((world.count("users"), world.count("org_acme_members")), (1101, 1101));
    let journal = format!("{:?}", world.find("flowbit_ops", doc! {}));
    assert!(!journal.contains("$2b$"));
}

#[test]
fn an_interruption_of_an_import_says_what_is_left() {
    let world = World::with_acme(&rich().replace("cost = 4 }\n[account.fields]", "cost = 11 }\n[account.fields]"));
    let hash = bcrypt::hash("imported", 4).unwrap();
    let mut rows: String = (0..500).map(|n| format!("u{n}@acme.com,{hash},\n")).collect();
    rows.push_str(&(0..200).map(|n| format!("v{n}@acme.com,,some password\n")).collect::<String>());
    world.private("rows.csv", &format!("email,hash,password\n{rows}"));
    let words = ["user", "import", "rows.csv", "--org", "acme", "--role", "User", "--json"];
    let child = world.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while world.count("users") < 501 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 11, "{ran:?}");
    let json = ran.json();
    assert_eq!((&json["data"]["created"], &json["data"]["not_begun"]), (&500.into(), &200.into()));
    assert_eq!((world.count("users"), world.open_operation()), (501, None));
}
