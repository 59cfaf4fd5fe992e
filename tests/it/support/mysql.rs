//! A private MariaDB server in a temporary folder, on a free loopback port and a socket, ended on
//! drop. No server of the system is used or needed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use tempfile::TempDir;

/// Password of the user `rehearsal`, who may do everything.
pub(crate) const PASSWORD: &str = "open-sesame";

/// Several servers run beside each other here: without the kernel's asynchronous I/O, of which
/// there is a fixed amount.
const QUICK: [&str; 2] = ["--innodb-use-native-aio=0", "--skip-innodb-doublewrite"];

/// A running server.
pub(crate) struct Mariadb {
    child: Child,
    port: u16,
    folder: Arc<TempDir>,
}

impl Mariadb {
    /// Makes a server's files and starts it.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Makes a server's files and starts it with some more options.
    pub(crate) async fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rehearsal-my-")
            .tempdir()
            .unwrap();
        let folder = Arc::new(folder);
        give_to_nobody(folder.path());
        let data = folder.path().join("data");
        let made = as_nobody(&program("mariadb-install-db"))
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(["--skip-name-resolve", "--innodb-log-file-size=10M"])
            .arg(format!("--tmpdir={}", folder.path().display()))
            .args(QUICK)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "mariadb-install-db failed: {}\n{}{}",
            made.status,
            String::from_utf8_lossy(&made.stdout),
            String::from_utf8_lossy(&made.stderr)
        );
        // Another process may take the port between finding and using it: then another is tried.
        for _ in 0..5 {
            let port = free_port();
            let file = |name: &str| folder.path().join(name).display().to_string();
            // A file that may not grow is an error like any other, as in PostgreSQL, and no signal
            // that ends the server: the shell ignores it, and so does what it becomes.
            let child = as_nobody(Path::new("/bin/sh"))
                .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
                .arg(program("mariadbd"))
                .arg("--no-defaults")
                .arg(format!("--datadir={}", data.display()))
                .arg(format!("--socket={}", file("socket")))
                .arg(format!("--pid-file={}", file("pid")))
                .arg(format!("--port={port}"))
                .arg(format!("--tmpdir={}", folder.path().display()))
                .args(["--bind-address=127.0.0.1", "--skip-name-resolve"])
                .args([
                    "--innodb-buffer-pool-size=128M",
                    "--innodb-log-file-size=64M",
                ])
                .args(["--innodb-flush-log-at-trx-commit=2", "--skip-log-bin"])
                .args(QUICK)
                .args(options)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut server = Self {
                child,
                port,
                folder: Arc::clone(&folder),
            };
            if server.answers().await {
                let statement = format!(
                    "CREATE USER rehearsal@'%' IDENTIFIED BY '{PASSWORD}';
                     GRANT ALL ON *.* TO rehearsal@'%' WITH GRANT OPTION"
                );
                let mut root = server.root().await.unwrap();
                root.query_drop(statement).await.unwrap();
                return server;
            }
        }
        panic!("no MariaDB server would start");
    }

    /// Path of the server's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        socket(self.folder.path())
    }

    /// URL of a database of the server.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_of("rehearsal", PASSWORD, database)
    }

    /// URL for another user.
    pub(crate) fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!(
            "mysql://{user}:{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// Connects to a database.
    pub(crate) async fn client(&self, database: &str) -> Conn {
        let options = OptsBuilder::default()
            .user(Some("rehearsal"))
            .pass(Some(PASSWORD))
            .socket(Some(self.socket().display().to_string()))
            .db_name(Some(database))
            .init(vec!["SET NAMES utf8mb4", "SET time_zone = '+00:00'"]);
        Conn::new(options).await.unwrap()
    }

    /// Lets its files grow to so many bytes and no further: to the server that is a full disk.
    /// `None` makes room. Its own files are up to 12.6 MB large from the start.
    #[allow(dead_code, reason = "benchmarks have room")]
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let soft = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let status = as_nobody(Path::new("prlimit"))
            .args(["--pid", &self.child.id().to_string()])
            .arg(format!("--fsize={soft}:"))
            .status()
            .unwrap();
        assert!(status.success(), "prlimit (of util-linux): {status}");
    }

    async fn root(&self) -> Result<Conn, mysql_async::Error> {
        let options = OptsBuilder::default()
            .user(Some("root"))
            .socket(Some(self.socket().display().to_string()));
        Conn::new(options).await
    }

    /// Makes a database and runs statements in it; gives its URL.
    pub(crate) async fn database(&self, name: &str, schema: &str) -> String {
        let mut root = self.root().await.unwrap();
        root.query_drop(format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4"))
            .await
            .unwrap();
        self.client(name).await.query_drop(schema).await.unwrap();
        self.url(name)
    }

    async fn answers(&mut self) -> bool {
        for _ in 0..400 {
            if self.root().await.is_ok() {
                return true;
            }
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        // Its files go with it, so it need not end in order.
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// One of the server's programs.
fn program(name: &str) -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&on_path).collect();
    folders.push("/usr/sbin".into());
    let found = folders.into_iter().map(|folder| folder.join(name));
    found.into_iter().find(|path| path.exists()).expect(
        "MariaDB is not installed: `make test` installs it, or: apt-get install \
         mariadb-server-core mariadb-client-core",
    )
}

/// The server refuses to run as root: as root, the tests run it as `nobody`.
fn as_nobody(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir("/")
        .env_clear()
        .env("LC_ALL", "C")
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    if let Some((user, group)) = nobody() {
        command.uid(user).gid(group);
    }
    command
}

/// Hands a folder with its files to the user that the server runs as.
pub(crate) fn give_to_nobody(folder: &Path) {
    let Some((user, group)) = nobody() else {
        return;
    };
    std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        std::os::unix::fs::chown(entry.path(), Some(user), Some(group)).unwrap();
    }
}

/// The user `nobody` and its group, when the tests run as root.
fn nobody() -> Option<(u32, u32)> {
    if !nix::unistd::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("nobody:"));
    let mut fields = line.expect("the user `nobody`").split(':').skip(2);
    let mut number = || fields.next().and_then(|field| field.parse().ok()).unwrap();
    Some((number(), number()))
}
