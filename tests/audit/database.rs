//! A PostgreSQL of our own: on a free port, in a temporary folder, gone with the test.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The table and the role that sops ships (services §4), and a role that may do nothing.
const SCHEMA: &str = "
    CREATE TABLE audit_event (id SERIAL PRIMARY KEY, timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        action TEXT, username TEXT, file TEXT);
    CREATE ROLE sops LOGIN PASSWORD 'pa55 w@rd';
    GRANT INSERT ON audit_event TO sops;
    GRANT USAGE ON audit_event_id_seq TO sops;
    CREATE ROLE reader LOGIN PASSWORD 'pa55 w@rd';
";

pub(crate) struct Database {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Database {
    /// Starts it; nothing if there is no PostgreSQL, or no private mounts.
    #[allow(clippy::print_stderr)] // said out loud
    pub(crate) fn start() -> Option<Self> {
        let missing = |what: &str| {
            assert!(std::env::var_os("CI").is_none(), "{what}");
            eprintln!("SKIPPED: audit: {what}");
        };
        let Some(programs) = programs() else {
            missing("PostgreSQL is not installed");
            return None;
        };
        let mut unshare = Command::new("unshare");
        if !rustix::process::getuid().is_root() {
            unshare.arg("-r");
        }
        if !unshare.args(["-m", "true"]).output().is_ok_and(|output| output.status.success()) {
            missing("private mounts are not allowed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("allowed");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let database = Self { folder, programs, port };
        database.set_up();
        Some(database)
    }

    fn set_up(&self) {
        let base = self.folder.path();
        let data = base.join("d");
        std::fs::create_dir(&data).expect("a folder");
        let (authority, certificate, key) = certificates();
        for (name, text) in [("ca.pem", &authority), ("server.crt", &certificate), ("server.key", &key)] {
            std::fs::write(base.join(name), text).expect("written");
        }
        std::fs::set_permissions(base.join("server.key"), std::fs::Permissions::from_mode(0o600))
            .expect("allowed");
        if rustix::process::getuid().is_root() {
            let status = Command::new("chown")
                .args(["postgres"])
                .args([base, &data, &base.join("server.key")])
                .status();
            assert!(status.expect("chown runs").success());
        }
        let data = data.display().to_string();
        self.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"],
        );
        let base = base.display();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -k {base} -c fsync=off -c max_connections=40 -c shared_buffers=4MB \
             -c ssl=on -c ssl_cert_file={base}/server.crt -c ssl_key_file={base}/server.key",
            self.port
        );
        let log = format!("{base}/log");
        self.run("pg_ctl", &["-s", "-w", "-t", "50", "-D", &data, "-l", &log, "-o", &options, "start"]);
        self.query("postgres", "CREATE DATABASE sops");
        self.query("sops", SCHEMA);
    }

    /// Runs one of its programs as the user that it wants to be run by.
    fn run(&self, name: &str, words: &[&str]) -> Output {
        let mut command = Command::new("timeout");
        command.args(["-k", "5", "60"]);
        if rustix::process::getuid().is_root() {
            command.args(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        // pg_ctl leaves the server behind: it must not hold a pipe of ours open.
        command.arg(self.programs.join(name)).args(words).env("LC_ALL", "C").current_dir(self.folder.path());
        let said = self.folder.path().join(format!("{name}.out"));
        let file = std::fs::File::create(&said).expect("a file");
        command.stdin(std::process::Stdio::null());
        command.stdout(file.try_clone().expect("a file")).stderr(file);
        let status = command.status().expect("it starts");
        let text = std::fs::read(&said).expect("a file");
        assert!(status.success(), "{name}: {}", String::from_utf8_lossy(&text));
        Output { status, stdout: text, stderr: Vec::new() }
    }

    fn query(&self, database: &str, sql: &str) -> String {
        let base = self.folder.path().display().to_string();
        let port = self.port.to_string();
        let words = [
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            &base,
            "-p",
            &port,
            "-U",
            "postgres",
            "-c",
            sql,
            database,
        ];
        String::from_utf8(self.run("psql", &words).stdout).expect("text")
    }

    /// The rows that were written since the last call: action, user and file.
    pub(crate) fn take_rows(&self) -> String {
        self.query(
            "sops",
            "WITH gone AS (DELETE FROM audit_event RETURNING *) SELECT action, username, file FROM gone ORDER BY id",
        )
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The file with the certificate of whoever signed the server's.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A URL for a role.
    pub(crate) fn string(&self, role: &str, query: &str) -> String {
        format!("postgres://{role}:pa55%20w%40rd@127.0.0.1:{}/sops{query}", self.port)
    }

    /// A configuration with that URL.
    pub(crate) fn config(&self, role: &str, query: &str) -> String {
        format!("backends:\n  postgres:\n    - connection_string: \"{}\"\n", self.string(role, query))
    }

    /// A folder like `/etc`, with this audit configuration.
    pub(crate) fn etc(&self, config: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("allowed");
        for name in ["passwd", "group", "nsswitch.conf", "hosts", "resolv.conf"] {
            let _ = std::fs::copy(Path::new("/etc").join(name), folder.path().join(name));
        }
        std::fs::create_dir(folder.path().join("sops")).expect("a folder");
        std::fs::write(folder.path().join("sops/audit.yaml"), config).expect("written");
        folder
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let data = self.folder.path().join("d").display().to_string();
        if Path::new(&data).join("postmaster.pid").exists() {
            self.run("pg_ctl", &["-s", "-m", "immediate", "-D", &data, "stop"]);
        }
    }
}

/// Where PostgreSQL's programs are.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let found = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    found.filter(|folder| folder.join("initdb").exists()).max()
}

/// An authority, and a certificate of it for `localhost` with its key.
fn certificates() -> (String, String, String) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, "a test");
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    (authority.pem(), certificate.pem(), key.serialize_pem())
}
