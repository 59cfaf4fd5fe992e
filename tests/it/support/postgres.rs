//! A private PostgreSQL cluster in a temporary folder, on a free loopback port, stopped on drop.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

/// Password of the cluster's only user, `rehearsal`, who is its superuser.
pub(crate) const PASSWORD: &str = "open-sesame";

/// Settings of clusters that nobody measures.
const QUICK: [&str; 3] = ["fsync=off", "shared_buffers=64MB", "max_wal_size=2GB"];

/// A running cluster.
pub(crate) struct Postgres {
    child: Child,
    port: u16,
    settings: Vec<String>,
    folder: Arc<TempDir>,
}

impl Postgres {
    /// Makes a cluster for tests and starts it.
    #[allow(dead_code, reason = "benchmarks have settings of their own")]
    pub(crate) async fn start() -> Self {
        Self::start_with(&QUICK).await
    }

    /// The same with a log in files of 1 MB, so that a limit on the size of files is met by tables.
    #[allow(dead_code, reason = "benchmarks have room")]
    pub(crate) async fn start_with_small_logs() -> Self {
        Self::make(&["--wal-segsize=1"], &QUICK).await
    }

    /// Makes a cluster with some settings and starts it.
    pub(crate) async fn start_with(settings: &[&str]) -> Self {
        Self::make(&[], settings).await
    }

    async fn make(options: &[&str], settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rehearsal-pg-")
            .tempdir()
            .unwrap();
        let folder = Arc::new(folder);
        let data = folder.path().join("data");
        let secret = folder.path().join("password");
        std::fs::write(&secret, PASSWORD).unwrap();
        give_to_postgres(folder.path());
        let status = as_postgres(&program("initdb"))
            .arg("--pgdata")
            .arg(&data)
            .args(["--username=rehearsal", "--auth=scram-sha-256", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C"])
            .arg(format!("--pwfile={}", secret.display()))
            .args(options)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "initdb failed: {status}");
        let settings = settings.iter().map(|setting| (*setting).to_owned());
        Self::run(folder, settings.collect()).await
    }

    /// Starts a cluster that is made.
    async fn run(folder: Arc<TempDir>, settings: Vec<String>) -> Self {
        // Another process may take the port between finding and using it: then another is tried.
        for _ in 0..5 {
            let port = free_port();
            let child = as_postgres(&program("postgres"))
                .arg("-D")
                .arg(folder.path().join("data"))
                .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "unix_socket_directories="])
                .args(settings.iter().flat_map(|setting| ["-c", setting]))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut cluster = Self {
                child,
                port,
                settings: settings.clone(),
                folder: Arc::clone(&folder),
            };
            if cluster.answers().await {
                return cluster;
            }
        }
        panic!("no PostgreSQL cluster would start");
    }

    /// Lets its files grow to so many bytes and no further, for connections made from now on: to
    /// the server that is a full disk. `None` makes room.
    #[allow(dead_code, reason = "benchmarks have room")]
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let soft = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let status = as_postgres(Path::new("prlimit"))
            .args(["--pid", &self.child.id().to_string()])
            .arg(format!("--fsize={soft}:"))
            .status()
            .unwrap();
        assert!(status.success(), "prlimit (of util-linux): {status}");
    }

    /// Ends the server, if it has not ended by itself, and starts it again.
    #[allow(dead_code, reason = "benchmarks do not end it")]
    pub(crate) async fn restart(self) -> Self {
        let (folder, settings) = (Arc::clone(&self.folder), self.settings.clone());
        drop(self);
        Self::run(folder, settings).await
    }

    /// URL of a database of the cluster.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_of("rehearsal", PASSWORD, database)
    }

    /// URL for another user.
    pub(crate) fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!(
            "postgres://{user}:{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// Connects to a database.
    pub(crate) async fn client(&self, database: &str) -> tokio_postgres::Client {
        self.try_client(database).await.unwrap()
    }

    async fn try_client(
        &self,
        database: &str,
    ) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
        let connected = tokio_postgres::connect(&self.url(database), tokio_postgres::NoTls).await;
        let (client, connection) = connected?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Makes a database and runs statements in it; gives its URL.
    pub(crate) async fn database(&self, name: &str, schema: &str) -> String {
        let admin = self.client("postgres").await;
        admin
            .batch_execute(&format!("CREATE DATABASE \"{name}\""))
            .await
            .unwrap();
        self.client(name).await.batch_execute(schema).await.unwrap();
        self.url(name)
    }

    /// What `pg_dump` says of a database's schema.
    #[allow(dead_code, reason = "benchmarks do not ask")]
    pub(crate) fn dump_schema(&self, database: &str) -> String {
        let dumped = Command::new(program("pg_dump"))
            .arg("--schema-only")
            // The seeder's own record.
            .arg("--exclude-schema=rehearsal_record")
            .arg(self.url(database))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&dumped.stderr);
        assert!(dumped.status.success(), "pg_dump: {error}");
        let text = String::from_utf8(dumped.stdout).unwrap();
        // `\restrict` and `\unrestrict` hold a new random word each time.
        let lines = text.lines().filter(|line| !line.contains("restrict "));
        lines.collect::<Vec<_>>().join("\n")
    }

    async fn answers(&mut self) -> bool {
        for _ in 0..300 {
            if self.try_client("postgres").await.is_ok() {
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

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is the server's fast shutdown; its children go with it.
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        let _already_gone = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT);
        let _already_gone = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The newest installed version of one of the server's programs.
fn program(name: &str) -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort();
    let installed = versions
        .into_iter()
        .rev()
        .map(|version| version.join("bin").join(name));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path)
        .map(|folder| folder.join(name))
        .collect::<Vec<_>>();
    installed.chain(on_path).find(|path| path.exists()).expect(
        "PostgreSQL is not installed: `make test` installs it, or: apt-get install postgresql",
    )
}

/// The server refuses to run as root: as root, the tests run it as `postgres`.
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir("/")
        .env_clear()
        .env("LC_ALL", "C")
        .env("PATH", "/usr/bin:/bin");
    if let Some((user, group)) = postgres_user() {
        command.uid(user).gid(group);
    }
    command
}

/// Hands a folder with its files to the user that the server runs as.
pub(crate) fn give_to_postgres(folder: &Path) {
    let Some((user, group)) = postgres_user() else {
        return;
    };
    std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        std::os::unix::fs::chown(entry.path(), Some(user), Some(group)).unwrap();
    }
}

/// The `postgres` user and its group, when the tests run as root.
fn postgres_user() -> Option<(u32, u32)> {
    if !nix::unistd::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line
        .expect("the user `postgres` of Debian's package")
        .split(':')
        .skip(2);
    let mut number = || fields.next().and_then(|field| field.parse().ok()).unwrap();
    Some((number(), number()))
}
