//! moto: AWS' KMS, STS, S3 and Secrets Manager as far as programs can tell. One for all tests of the binary, on a free port;
//! it ends with them, or after ten minutes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long it may take to start on a busy machine.
const START: Duration = Duration::from_secs(120);

pub(crate) struct Moto {
    port: u16,
    /// Its stdin: when this process ends, the shell reads its end and stops the server.
    _shell: Child,
}

/// The server, if it is installed. If not, that is said, or a failure with `CI` set.
#[allow(clippy::print_stderr)] // said out loud
pub(crate) fn moto() -> Option<&'static Moto> {
    static MOTO: OnceLock<Option<Moto>> = OnceLock::new();
    let moto = MOTO.get_or_init(|| installed().map(|program| Moto::start(&program)));
    if moto.is_none() {
        let said = "moto is not installed: scripts/clients.sh does it";
        assert!(std::env::var_os("CI").is_none(), "{said}");
        eprintln!("SKIPPED: {said}");
    }
    moto.as_ref()
}

/// Below the target folder, where `scripts/clients.sh` puts it; else what the `PATH` has.
fn installed() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_BIN_EXE_sops")).ancestors().nth(2)?;
    let ours = target.join("clients/moto/bin/moto_server");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path).map(|folder| folder.join("moto_server"));
    std::iter::once(ours).chain(others).find(|program| program.is_file())
}

impl Moto {
    fn start(program: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let script = "timeout -k 5 600 \"$0\" -H 127.0.0.1 -p \"$1\" & cat; kill $!";
        let shell = Command::new("sh")
            .args(["-c", script])
            .arg(program)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < START, "moto does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        Self { port, _shell: shell }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A new key in a region: its ARN.
    pub(crate) fn key(&self, region: &str) -> String {
        let made = self.kms(region, "CreateKey", &json!({}));
        made["KeyMetadata"]["Arn"].as_str().unwrap_or_else(|| panic!("no key: {made}")).to_owned()
    }

    /// An alias of a key: its ARN.
    pub(crate) fn alias(&self, arn: &str, name: &str) -> String {
        let region = arn.split(':').nth(3).expect("a region");
        let body = json!({ "AliasName": format!("alias/{name}"), "TargetKeyId": arn });
        self.kms(region, "CreateAlias", &body);
        let (start, _) = arn.split_once(":key/").expect("an ARN");
        format!("{start}:alias/{name}")
    }

    pub(crate) fn bucket(&self, name: &str) {
        let (status, body) = self.ask("us-east-1", "s3", &format!("PUT /{name}"), &[], "");
        assert_eq!(status, 200, "{body}");
    }

    /// An object, if it is there.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Option<String> {
        let (status, body) = self.ask("us-east-1", "s3", &format!("GET /{bucket}/{key}"), &[], "");
        (status == 200).then_some(body)
    }

    fn kms(&self, region: &str, operation: &str, body: &Value) -> Value {
        self.json(region, "kms", &format!("TrentService.{operation}"), body)
    }

    /// Has the secrets manager do something.
    pub(crate) fn secret(&self, region: &str, operation: &str, body: &Value) -> Value {
        self.json(region, "secretsmanager", &format!("secretsmanager.{operation}"), body)
    }

    fn json(&self, region: &str, service: &str, target: &str, body: &Value) -> Value {
        let headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")];
        let (status, answer) = self.ask(region, service, "POST /", &headers, &body.to_string());
        assert_eq!(status, 200, "{target}: {answer}");
        serde_json::from_str(&answer).unwrap_or_default()
    }

    /// It never looks at signatures, only at the service in one.
    fn ask(
        &self,
        region: &str,
        service: &str,
        what: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, String) {
        let mut request = format!(
            "{what} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n",
            self.port,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("moto is there");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        (status, body)
    }
}
