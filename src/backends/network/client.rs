//! An HTTP client that has no more connections to a host than callers who ask it at the same time.
//!
//! A pool alone does not see to that: who finds no connection free opens one and takes what is there first,
//! that or one that somebody gave back meanwhile; the other stays. So callers share no connections while
//! they ask. Each has a *line* for itself, the first that is free, and a line has at most one connection to a
//! host. Nobody waits for another, and a host that does not answer holds up no other.
//!
//! With HTTP/2 one connection carries all requests to a host, and one client serves everybody.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{IntoUrl, Method, Request, RequestBuilder, Response, Url};

type Make = dyn Fn() -> reqwest::Result<reqwest::Client> + Send + Sync;

/// A client; a clone is another handle to the same one.
///
/// Requests are begun here, and sent by [`http::repeat`](crate::backends::http::repeat).
#[derive(Clone)]
pub(crate) struct Client(Arc<Lines>);

struct Lines {
    first: reqwest::Client,
    /// Makes another one like the first; nothing where one serves all.
    make: Option<Box<Make>>,
    /// All but the first, made when so many were needed at once.
    others: Mutex<Vec<reqwest::Client>>,
    /// Which lines to a host are in use.
    busy: Mutex<HashMap<String, Vec<bool>>>,
}

impl Client {
    /// A client for HTTP/1.1; each line is one that `make` gives.
    ///
    /// # Errors
    ///
    /// That of `make`.
    pub(crate) fn new(
        make: impl Fn() -> reqwest::Result<reqwest::Client> + Send + Sync + 'static,
    ) -> reqwest::Result<Self> {
        let first = make()?;
        Ok(Self::of(first, Some(Box::new(make))))
    }

    /// A client for HTTP/2.
    pub(super) fn shared(client: reqwest::Client) -> Self {
        Self::of(client, None)
    }

    fn of(first: reqwest::Client, make: Option<Box<Make>>) -> Self {
        Self(Arc::new(Lines { first, make, others: Mutex::default(), busy: Mutex::default() }))
    }

    /// Begins a request.
    pub(crate) fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.0.first.request(method, url)
    }

    /// Begins a GET.
    pub(crate) fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// Begins a POST.
    pub(crate) fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// A line to the host of `url`, for one request at a time.
    pub(crate) fn line(&self, url: &Url) -> Line<'_> {
        let lines = &*self.0;
        let Some(make) = &lines.make else {
            return Line { client: lines.first.clone(), lines, host: String::new(), number: 0 };
        };
        let host = url.origin().ascii_serialization();
        let number = lines.take(&host);
        Line { client: lines.client(number, make), lines, host, number }
    }
}

impl Lines {
    /// The first line that is free.
    fn take(&self, host: &str) -> usize {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_host) = busy.get_mut(host) {
            let number = of_host.iter().position(|busy| !busy).unwrap_or(of_host.len());
            of_host.resize(of_host.len().max(number + 1), false);
            of_host[number] = true;
            return number;
        }
        busy.insert(host.to_owned(), vec![true]);
        0
    }

    /// The client of a line. One that cannot be made although the first could is replaced by that.
    fn client(&self, number: usize, make: &Make) -> reqwest::Client {
        let Some(at) = number.checked_sub(1) else { return self.first.clone() };
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        while others.len() <= at {
            let Ok(client) = make() else { return self.first.clone() };
            others.push(client);
        }
        others[at].clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

/// A way to a host that nobody else uses meanwhile.
pub(crate) struct Line<'a> {
    client: reqwest::Client,
    lines: &'a Lines,
    host: String,
    number: usize,
}

impl Line<'_> {
    /// Sends a request.
    ///
    /// # Errors
    ///
    /// Why no answer begins.
    pub(crate) async fn send(&self, request: Request) -> reqwest::Result<Response> {
        self.client.execute(request).await
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let mut busy = self.lines.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = busy.get_mut(&self.host).and_then(|of_host| of_host.get_mut(self.number)) {
            *line = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_line_is_taken_and_hosts_have_their_own() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::new(|| reqwest::Client::builder().tls_certs_only([]).build()).unwrap();
        let [a, b]: [Url; 2] = ["https://a.example/x", "https://b.example/"].map(|url| url.parse().unwrap());
        let first = client.line(&a);
        let second = client.line(&a);
        assert_eq!((first.number, second.number, client.line(&b).number), (0, 1, 0));
        drop(first);
        assert_eq!(client.line(&a).number, 0);
        assert_eq!(client.0.others.lock().unwrap().len(), 1);
    }
}
