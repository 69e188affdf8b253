//! A key service that runs while a test does.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Home, program, secrets, testdata};

/// Where it listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Unix,
    Tcp,
}

/// A server with a home of its own, where our age identity is; killed when dropped.
pub(crate) struct Server {
    home: Home,
    place: Place,
    address: String,
    variables: Vec<(String, String)>,
    child: Option<Child>,
    is_ours: bool,
}

impl Server {
    pub(crate) fn new(place: Place) -> Self {
        let home = Home::empty();
        let address = match place {
            Place::Unix => home.path("s").display().to_string(),
            Place::Tcp => nobody().replace("tcp://", ""),
        };
        let key = testdata("interop/keys/age1.txt").display().to_string();
        home.write("answers", "");
        let variables =
            vec![("SOPS_AGE_KEY_FILE".to_owned(), key), ("GPG_AGENT_INFO".to_owned(), String::new())];
        Self { home, place, address, variables, child: None, is_ours: false }
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    pub(crate) fn url(&self) -> String {
        match self.place {
            Place::Unix => format!("unix://{}", self.address),
            Place::Tcp => format!("tcp://{}", self.address),
        }
    }

    /// Sets a variable; an empty one is removed.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.variables.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// What is typed at the server.
    pub(crate) fn answers(&mut self, text: &str) {
        self.home.write("answers", text);
    }

    /// Gives the server the secret PGP key of `testdata/`.
    pub(crate) fn import_pgp(&mut self) {
        let folder = self.home.path("g");
        std::fs::create_dir(&folder).expect("a folder");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("allowed");
        self.set("GNUPGHOME", &folder.display().to_string());
        let key = testdata("interop/keys/pgp.asc");
        let status = self.command(Path::new("gpg")).args(["--batch", "--import"]).arg(key).output();
        assert!(status.expect("gpg runs").status.success());
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.home.path(""))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.home.path(""))
            .env("SOPS_DISABLE_VERSION_CHECK", "true")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it, with a minute to live, and waits until it listens.
    pub(crate) fn start(&mut self, server: &Path, more: &[&str]) {
        self.is_ours = server == program();
        let open = |name: &str| std::fs::File::create(self.home.path(name)).expect("a file");
        let network = if self.place == Place::Unix { "unix" } else { "tcp" };
        let mut command = self.command(server);
        command.args(["keyservice", "--network", network, "--address", &self.address]).args(more);
        command
            .stdin(std::fs::File::open(self.home.path("answers")).expect("a file"))
            .stdout(open("printed"))
            .stderr(open("said"));
        self.child = Some(command.spawn().expect("it starts"));
        let start = Instant::now();
        let listens = || match self.place {
            Place::Unix => UnixStream::connect(&self.address).is_ok(),
            Place::Tcp => TcpStream::connect(&self.address).is_ok(),
        };
        while !listens() {
            assert!(start.elapsed() < Duration::from_secs(30), "it does not listen: {}", self.text("said"));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal and waits for the end; nothing if the signal is ignored here.
    pub(crate) fn signal(&mut self, name: &str) -> Option<Option<i32>> {
        let child = self.child.as_mut().expect("it runs");
        if name == "INT" && is_ignored(2) {
            return None;
        }
        let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("a child") {
                return Some(status.code());
            }
            assert!(start.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it, and gives what it printed and what it said.
    pub(crate) fn end(&mut self) -> (String, String) {
        self.kill();
        (self.text("printed"), self.text("said"))
    }

    fn text(&self, name: &str) -> String {
        let mut text = String::new();
        let mut file = std::fs::File::open(self.home.path(name)).expect("a file");
        file.read_to_string(&mut text).expect("text");
        text
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
            if self.is_ours && !std::thread::panicking() {
                let [printed, said] = ["printed", "said"].map(|name| self.text(name).into_bytes());
                secrets::look_through("sops keyservice", &printed, &said, []);
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if self.variables.iter().any(|(name, _)| name == "GNUPGHOME") {
            let mut agent = self.command(Path::new("gpgconf"));
            let _ = agent.args(["--kill", "all"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// A place where nobody listens.
pub(crate) fn nobody() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("tcp://{}", socket.local_addr().expect("an address"))
}

/// A place where somebody listens who never says anything.
pub(crate) fn hung() -> (TcpListener, String) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("tcp://{}", socket.local_addr().expect("an address"));
    (socket, url)
}

/// Whether whatever started the tests has a signal ignored; the program leaves it so.
#[allow(clippy::print_stderr)] // said out loud
fn is_ignored(number: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0");
    let ignored = u64::from_str_radix(mask.trim(), 16).unwrap_or(0) >> (number - 1) & 1 == 1;
    if ignored {
        eprintln!("SKIPPED: signal {number} is ignored where these tests run");
    }
    ignored
}
