//! Servers for tests: one for all of them, and others for those that kill theirs, or log in.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use bson::doc;
use mongodb::Client;

use crate::local::{test_mongod, wait};

/// One mongod for the whole test process. A shell holds it and ends it when this process ends, however that happens.
pub struct Server {
    pub port: u16,
    _holder: Mutex<Child>,
}

const HOLDER: &str = r#"dir=$1; shift; "$@" >"$dir/out" 2>&1 & pid=$!; cat >/dev/null; kill -9 $pid; wait $pid 2>/dev/null; rm -rf "$dir""#;

pub fn free_port() -> u16 {
    // Below the range of outgoing connections, which could take it before the server does.
    for _ in 0..200 {
        let port = 10_000 + u16::try_from(rand::random::<u32>() % 9_000).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port");
}

/// A shell that holds a mongod by this script, on a directory and a port.
fn holding(script: &str, directory: &Path, port: u16, cache: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "holder"]).arg(directory).arg(&test_mongod().path);
    command.arg("--dbpath").arg(directory).args([
        "--port",
        &port.to_string(),
        "--bind_ip",
        "127.0.0.1",
        "--nounixsocket",
    ]);
    command.args([
        "--setParameter",
        "enableTestCommands=1",
        "--setParameter",
        "diagnosticDataCollectionEnabled=false",
        "--wiredTigerCacheSizeGB",
        cache,
    ]);
    // Thousands of databases come and go: their files are to go with them, not five minutes later.
    command.args(["--setParameter", "minSnapshotHistoryWindowInSeconds=0"]);
    command.arg("--wiredTigerEngineConfigString=file_manager=(close_idle_time=20,close_scan_interval=5,close_handle_minimum=200)");
    command
}

/// Starts a mongod in a directory of its own, held by a shell that ends it with this process.
pub fn start_mongod(replica_set: Option<&str>) -> (u16, Child) {
    start_mongod_with(replica_set, false)
}

/// The same, with access control; the connections that may do everything until there is a user come from this machine.
pub fn start_mongod_with(replica_set: Option<&str>, access_control: bool) -> (u16, Child) {
    let directory = tempfile::tempdir().unwrap().keep();
    let port = free_port();
    let mut command = holding(HOLDER, &directory, port, "0.5");
    if access_control {
        use std::os::unix::fs::PermissionsExt;
        let key = directory.join("key");
        std::fs::write(&key, "flowbit".repeat(10)).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        command.arg("--keyFile").arg(key);
    }
    if let Some(name) = replica_set {
        command.args(["--replSet", name]);
    }
    let holder = command.stdin(Stdio::piped()).spawn().unwrap();
    let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true&serverSelectionTimeoutMS=20000");
    wait(async {
        let admin = Client::with_uri_str(&uri).await.unwrap().database("admin");
        admin.run_command(doc! { "ping": 1 }).await.unwrap();
        if let Some(name) = replica_set {
            let config = doc! { "_id": name, "members": [{ "_id": 0, "host": format!("127.0.0.1:{port}") }] };
            admin.run_command(doc! { "replSetInitiate": config }).await.unwrap();
            while !admin.run_command(doc! { "hello": 1 }).await.unwrap().get_bool("isWritablePrimary").unwrap_or(false)
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
    (port, holder)
}

/// Starts and kills at its word, keeping the directory until it is let go.
const KEEPER: &str = r#"dir=$1; shift; pid=
while read -r word; do
  case $word in
    start) "$@" >>"$dir/out" 2>&1 </dev/null & pid=$! ;;
    kill) kill -9 $pid; wait $pid 2>/dev/null ;;
  esac
  echo "$word"
done
kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$dir""#;

/// A mongod of a replica set, which can be killed and started again with the same data at the same port.
pub struct Node {
    pub port: u16,
    keeper: Mutex<Child>,
}

impl Node {
    pub fn start(replica_set: &str) -> Self {
        let port = free_port();
        let directory = tempfile::tempdir().unwrap().keep();
        let mut command = holding(KEEPER, &directory, port, "0.25");
        command.args(["--replSet", replica_set, "--oplogSize", "200"]);
        let keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let node = Self { port, keeper: Mutex::new(keeper) };
        node.tell("start");
        node
    }

    /// Ends it by SIGKILL; it is gone when this comes back.
    pub fn kill(&self) {
        self.tell("kill");
    }

    pub fn start_again(&self) {
        self.tell("start");
    }

    fn tell(&self, word: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        writeln!(keeper.stdin.as_mut().unwrap(), "{word}").unwrap();
        let mut heard = vec![0; word.len() + 1];
        keeper.stdout.as_mut().unwrap().read_exact(&mut heard).unwrap();
    }
}

pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (port, holder) = start_mongod(Some("fbtest"));
        Server { port, _holder: Mutex::new(holder) }
    })
}
