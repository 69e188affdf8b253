//! `keyservice`: the keys of this machine for programs elsewhere (command line §7.11).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};

use resops::os::UnixListener;

use crate::cli::args::KeyServiceArgs;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, reason};
use crate::cli::signals::{self, OnSignal};
use crate::cli::ui::{self, Level};

/// Serves until a signal ends the run.
pub(crate) fn run(args: &KeyServiceArgs, environment: &Environment) -> Result<(), Failure> {
    let listener = signals::set_up(OnSignal::Stop, || Listener::bind(&args.network, &args.address));
    let listener = listener.map_err(failed)?;
    serve(listener, args, environment)
}

/// As in sops it is said twice.
fn failed(why: String) -> Failure {
    ui::log(Level::Error, &format!("Error running keyservice: {why}"));
    Failure::logged("CMD", why)
}

#[cfg(feature = "keyservice")]
fn serve(listener: Listener, args: &KeyServiceArgs, environment: &Environment) -> Result<(), Failure> {
    use crate::cli::logged::Logged;
    use crate::cli::prompt;
    use resops::backends::{LocalService, Network, SystemHost, remote};

    let (socket, _removed) = match listener {
        Listener::Tcp { socket } => (remote::Listener::Tcp(socket), None),
        Listener::Unix { socket, file } => (remote::Listener::Unix(socket), Some(file)),
    };
    let (network, address) = (&args.network, &args.address);
    ui::log_with("KEYSERVICE", Level::Info, &format!("Listening on {network}://{address}"), &[]);

    let machine = SystemHost::new(environment.all().into_iter().collect());
    let everyones = Network::new(&machine);
    let keys = move || Logged::new(LocalService::new(machine.clone(), everyones.clone()));
    let approve = args.prompt.then(|| -> remote::Approve {
        Box::new(|operation, key| {
            let what = match operation {
                remote::Operation::Encrypt => "encrypt",
                remote::Operation::Decrypt => "decrypt",
            };
            let key = remote::printable_key(key);
            let question = format!("\nReceived {what} request using {key}. Respond to request? (y/n): ");
            match prompt::yes_or_no(&question) {
                Ok(true) => Ok(()),
                Ok(false) => Err(remote::Refusal::Rejected),
                Err(failure) => Err(remote::Refusal::Failed(failure.message().to_owned())),
            }
        })
    });
    remote::serve(socket, keys, approve).map_err(|error| failed(reason(&error)))
}

#[cfg(not(feature = "keyservice"))]
fn serve(listener: Listener, _args: &KeyServiceArgs, _environment: &Environment) -> Result<(), Failure> {
    drop(listener);
    Err(Failure::generic("this build cannot serve its keys to other programs"))
}

/// A taken address.
#[cfg_attr(not(feature = "keyservice"), expect(dead_code))]
enum Listener {
    /// A port.
    Tcp { socket: TcpListener },
    /// A socket in the file system.
    Unix { socket: UnixListener, file: SocketFile },
}

/// A socket's file, removed when dropped or when a signal ends the run.
struct SocketFile {
    path: PathBuf,
    _guard: signals::Guard,
}

impl SocketFile {
    fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), _guard: signals::remove_if_killed(path) }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Listener {
    /// Takes `address` of `network`.
    ///
    /// # Errors
    ///
    /// In Go's words.
    fn bind(network: &str, address: &str) -> Result<Self, String> {
        match network {
            "tcp" | "tcp4" | "tcp6" => {
                let found = resolve(network, address).map_err(|why| format!("listen {network}: {why}"))?;
                match TcpListener::bind(found) {
                    Ok(socket) => Ok(Self::Tcp { socket }),
                    Err(error) => Err(format!("listen {network} {found}: bind: {}", reason(&error))),
                }
            }
            "unix" => match UnixListener::bind(address) {
                Ok(socket) => Ok(Self::Unix { socket, file: SocketFile::new(Path::new(address)) }),
                Err(error) => Err(format!("listen unix {address}: bind: {}", reason(&error))),
            },
            "" => Err("listen: unknown network ".to_owned()),
            other => Err(format!("listen {other}: unknown network {other}")),
        }
    }
}

/// The address behind `HOST:PORT`; without a host it is any address of this machine.
fn resolve(network: &str, address: &str) -> Result<SocketAddr, String> {
    let (host, port) = split(address)?;
    if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("lookup tcp/{port}: unknown port"));
    }
    let number: u16 = port.parse().map_err(|_| format!("address {port}: invalid port"))?;
    let fits = |address: &SocketAddr| match network {
        "tcp4" => address.is_ipv4(),
        "tcp6" => address.is_ipv6(),
        _ => true,
    };
    if host.is_empty() {
        let any = if network == "tcp4" {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED)
        } else {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        };
        return Ok(SocketAddr::new(any, number));
    }
    let mut found: Vec<SocketAddr> =
        (host, number).to_socket_addrs().map_err(|_| format!("lookup {host}: no such host"))?.collect();
    // Go takes an IPv4 address where it has the choice.
    found.sort_by_key(SocketAddr::is_ipv6);
    found.into_iter().find(fits).ok_or_else(|| format!("address {host}: no suitable address found"))
}

/// Host and port, as Go takes them apart.
fn split(address: &str) -> Result<(&str, &str), String> {
    let wrong = |why: &str| format!("address {address}: {why}");
    if let Some(rest) = address.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(|| wrong("missing ']' in address"))?;
        let port = rest.strip_prefix(':').ok_or_else(|| wrong("missing port in address"))?;
        return Ok((host, port));
    }
    let (host, port) = address.rsplit_once(':').ok_or_else(|| wrong("missing port in address"))?;
    if host.contains(':') { Err(wrong("too many colons in address")) } else { Ok((host, port)) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// As seen with sops 3.13.2.
    #[test]
    fn bad_addresses() {
        for (network, address, why) in [
            ("foo", "x", "listen foo: unknown network foo"),
            ("", "x", "listen: unknown network "),
            ("tcp", "5000", "listen tcp: address 5000: missing port in address"),
            ("tcp", "127.0.0.1:99999", "listen tcp: address 99999: invalid port"),
            ("tcp", "127.0.0.1:x", "listen tcp: lookup tcp/x: unknown port"),
            ("tcp", "[::1:5", "listen tcp: address [::1:5: missing ']' in address"),
            ("tcp", "::1:5", "listen tcp: address ::1:5: too many colons in address"),
            ("tcp6", "127.0.0.1:5011", "listen tcp6: address 127.0.0.1: no suitable address found"),
            ("tcp", "203.0.113.1:5000", "listen tcp 203.0.113.1:5000: bind: cannot assign requested address"),
            ("unix", "/nonexistent/x", "listen unix /nonexistent/x: bind: no such file or directory"),
        ] {
            assert_eq!(Listener::bind(network, address).map(|_| ()), Err(why.to_owned()));
        }
    }

    #[test]
    fn a_socket_is_gone_when_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s");
        let name = path.to_str().expect("text");
        let listener = Listener::bind("unix", name).expect("free");
        assert!(path.exists());
        let taken = Listener::bind("unix", name).map(|_| ()).expect_err("taken");
        assert_eq!(taken, format!("listen unix {name}: bind: address already in use"));
        drop(listener);
        assert!(!path.exists());
    }
}
