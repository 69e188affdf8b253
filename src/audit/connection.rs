//! Connection strings of lib/pq: `postgres://user:password@host:port/database?sslmode=…`, or words
//! `key=value`.

use std::fmt;
use std::time::Duration;

use crate::os;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use zeroize::Zeroizing;

/// What holds where the connection string says nothing.
pub struct Defaults<'a> {
    /// The login name of whoever runs the program.
    pub user: &'a str,
    /// An environment variable (`PGHOST`, `PGPASSWORD`, …).
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// How a server has to prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// There is no TLS.
    Plain,
    /// TLS with whoever answers.
    Anyone,
    /// A certificate of the authority, for any name.
    Authority,
    /// A certificate of the authority, for this host.
    Host,
}

/// Where a database is and how to talk to it.
pub(super) struct Connection {
    pub(super) config: Config,
    pub(super) trust: Trust,
    /// The file with the authority's certificate.
    pub(super) root: Option<String>,
}

type Pairs = Vec<(String, Zeroizing<String>)>;

/// What a variable says if the string does not.
const VARIABLES: [(&str, &str); 10] = [
    ("host", "PGHOST"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("application_name", "PGAPPNAME"),
    ("options", "PGOPTIONS"),
];

impl Connection {
    /// Reads a connection string.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without any of its text.
    pub(super) fn parse(text: &str, defaults: &Defaults<'_>) -> Result<Self, &'static str> {
        let mut pairs = match text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"))
        {
            Some(rest) => url(rest)?,
            None => words(text)?,
        };
        for (key, variable) in VARIABLES {
            if !pairs.iter().any(|(known, _)| known == key)
                && let Some(value) = (defaults.variable)(variable).filter(|value| !value.is_empty())
            {
                pairs.push((key.to_owned(), Zeroizing::new(value)));
            }
        }
        let get =
            |key: &str| pairs.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        let mut config = Config::new();
        let user = get("user").unwrap_or(defaults.user);
        config.user(user).dbname(get("dbname").unwrap_or(user));
        for host in get("host").filter(|host| !host.is_empty()).unwrap_or("localhost").split(',') {
            config.host(host);
        }
        for port in get("port").filter(|port| !port.is_empty()).unwrap_or("5432").split(',') {
            config.port(port.parse().map_err(|_| "the port is no number")?);
        }
        if let Some(password) = get("password") {
            config.password(password);
        }
        if let Some(name) = get("application_name").or(get("fallback_application_name")) {
            config.application_name(name);
        }
        if let Some(seconds) = get("connect_timeout") {
            let seconds = seconds.parse().map_err(|_| "connect_timeout is no number")?;
            if seconds > 0 {
                config.connect_timeout(Duration::from_secs(seconds));
            }
        }
        config.options(options(&pairs));
        let root = get("sslrootcert").map(str::to_owned);
        let socket = config.get_hosts().iter().any(|host| os::socket_of(host).is_some());
        let trust = match (get("sslmode").unwrap_or("require"), &root) {
            ("disable", _) => Trust::Plain,
            // There is no TLS on a socket of this machine.
            _ if socket => Trust::Plain,
            ("require" | "", None) => Trust::Anyone,
            ("require" | "" | "verify-ca", _) => Trust::Authority,
            ("verify-full", _) => Trust::Host,
            _ => return Err("sslmode is none of disable, require, verify-ca, verify-full"),
        };
        if get("sslcert").or(get("sslkey")).is_some() {
            return Err("client certificates (sslcert, sslkey) are not supported");
        }
        config.ssl_mode(if trust == Trust::Plain { SslMode::Disable } else { SslMode::Require });
        Ok(Self { config, trust, root })
    }

    /// User, host and database, for people.
    pub(super) fn place(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}@", self.config.get_user().unwrap_or_default())?;
        let ports = self.config.get_ports();
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match (host, os::socket_of(host)) {
                (_, Some(path)) => write!(f, "{comma}{}", path.display())?,
                (Host::Tcp(name), _) => write!(f, "{comma}{name}")?,
                #[allow(unreachable_patterns)] // where a host is nothing else
                _ => {}
            }
            if let Some(port) = ports.get(at).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

/// What is no parameter of the connection is one of the session.
fn options(pairs: &Pairs) -> String {
    const KNOWN: [&str; 15] = [
        "host",
        "port",
        "dbname",
        "user",
        "password",
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslinline",
        "sslsni",
        "connect_timeout",
        "application_name",
        "fallback_application_name",
        "passfile",
    ];
    let mut text = String::new();
    for (key, value) in pairs.iter().filter(|(key, _)| !KNOWN.contains(&key.as_str())) {
        if !text.is_empty() {
            text.push(' ');
        }
        if key == "options" {
            text.push_str(value);
        } else {
            let value = value.replace('\\', "\\\\").replace(' ', "\\ ");
            text.push_str(&format!("-c {key}={value}"));
        }
    }
    text
}

/// `[user[:password]@]host[:port][,…][/database][?key=value&…]`
fn url(rest: &str) -> Result<Pairs, &'static str> {
    let mut pairs = Pairs::new();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let hosts = match authority.rsplit_once('@') {
        Some((user, hosts)) => {
            let (user, password) = user.split_once(':').map_or((user, None), |(user, pw)| (user, Some(pw)));
            pairs.push(("user".to_owned(), decoded(user)?));
            if let Some(password) = password {
                pairs.push(("password".to_owned(), decoded(password)?));
            }
            hosts
        }
        None => authority,
    };
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port),
            _ => (host, "5432"),
        };
        names.push(decoded(name.trim_start_matches('[').trim_end_matches(']'))?.to_string());
        ports.push(port);
    }
    if !names.is_empty() {
        pairs.push(("host".to_owned(), Zeroizing::new(names.join(","))));
        pairs.push(("port".to_owned(), Zeroizing::new(ports.join(","))));
    }
    if !database.is_empty() {
        pairs.push(("dbname".to_owned(), decoded(database)?));
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decoded(key)?.to_string(), decoded(&value.replace('+', " "))?));
    }
    Ok(pairs)
}

/// Without `%41`.
fn decoded(text: &str) -> Result<Zeroizing<String>, &'static str> {
    const WRONG: &str = "a percent sign in the URL is not followed by two digits";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = rest.next().and_then(|digit| char::from(digit).to_digit(16));
            digit.and_then(|digit| u8::try_from(digit).ok()).ok_or(WRONG)
        };
        bytes.push(digit()? << 4 | digit()?);
    }
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| "the URL is not UTF-8")
}

/// `key=value key='a b'`, with backslashes in front of what means itself.
fn words(text: &str) -> Result<Pairs, &'static str> {
    let mut pairs = Pairs::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let mut key = String::new();
        while let Some(c) = rest.next_if(|&c| c != '=' && !c.is_whitespace()) {
            key.push(c);
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        rest.next_if_eq(&'=').ok_or("a word has no `=`")?;
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        let mut value = Zeroizing::new(String::new());
        let quoted = rest.next_if_eq(&'\'').is_some();
        loop {
            match rest.peek() {
                None if quoted => return Err("a quote is not closed"),
                Some('\'') if quoted => {
                    rest.next();
                    break;
                }
                Some('\\') => {
                    rest.next();
                    value.push(rest.next().ok_or("there is nothing behind a backslash")?);
                }
                Some(c) if quoted || !c.is_whitespace() => {
                    value.push(*c);
                    rest.next();
                }
                _ => break,
            }
        }
        pairs.push((key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Connection, &'static str> {
        let variable = |name: &str| (name == "PGHOST").then(|| "fromenv".to_owned());
        Connection::parse(text, &Defaults { user: "login", variable: &variable })
    }

    #[test]
    fn strings_in_both_forms() {
        for (text, place, password, trust) in [
            ("", "postgres://login@fromenv:5432/login", None, Trust::Anyone),
            ("postgres://u:p%40w@h:6/db?sslmode=disable", "postgres://u@h:6/db", Some("p@w"), Trust::Plain),
            ("postgresql://u@[::1]:7/?sslmode=verify-full", "postgres://u@::1:7/u", None, Trust::Host),
            (
                "user=u password='p w\\'s' host=h sslmode = verify-ca",
                "postgres://u@h:5432/u",
                Some("p w's"),
                Trust::Authority,
            ),
            ("host=/run/postgresql dbname=d", "postgres://login@/run/postgresql:5432/d", None, Trust::Plain),
            ("host=h sslrootcert=/ca.pem", "postgres://login@h:5432/login", None, Trust::Authority),
        ] {
            let connection = parsed(text).unwrap();
            assert_eq!(connection.place(), place, "{text}");
            let found =
                connection.config.get_password().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            assert_eq!(found.as_deref(), password, "{text}");
            assert_eq!(connection.trust, trust, "{text}");
        }
        let connection = parsed("search_path='a b' client_encoding=UTF8 host=h").unwrap();
        assert_eq!(connection.config.get_options(), Some("-c search_path=a\\ b -c client_encoding=UTF8"));
    }

    #[test]
    fn what_cannot_be_read_is_told_without_its_text() {
        for text in
            ["password", "password='x", "password=x\\", "postgres://u:%zz@h/d", "port=x", "sslmode=maybe"]
        {
            let why = parsed(text).map(|_| ()).unwrap_err();
            assert!(!why.contains("zz") && !why.contains("maybe"), "{why}");
        }
    }
}
