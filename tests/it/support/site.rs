//! A tiny site on a free port of loopback. It keeps a log of what it was really asked for, which
//! tests compare with what Rehearsal says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::net::TcpListener;

/// A running site; it ends when dropped.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    log: Log,
    server: tokio::task::JoinHandle<()>,
}

/// A request that the site received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: Method,
    /// Path with query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

type Log = Arc<Mutex<Vec<Received>>>;

impl Site {
    /// Serves `routes` on 127.0.0.1.
    pub(crate) async fn start(routes: Router) -> Self {
        Self::start_on("127.0.0.1", routes).await
    }

    /// Serves `routes` on another address of loopback.
    pub(crate) async fn start_on(host: &str, routes: Router) -> Self {
        let log = Log::default();
        let app = routes.layer(middleware::from_fn_with_state(log.clone(), record));
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Self {
            address,
            log,
            server,
        }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// The absolute URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked for so far, in order.
    pub(crate) fn log(&self) -> Vec<Received> {
        self.log.lock().unwrap().clone()
    }

    /// How often this path (with query) was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        let log = self.log.lock().unwrap();
        log.iter().filter(|received| received.path == path).count()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Received {
    /// A header's value; empty when it was not sent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn record(State(log): State<Log>, request: Request, next: Next) -> Response {
    log.lock().unwrap().push(Received {
        method: request.method().clone(),
        path: path(request.uri()),
        headers: request.headers().clone(),
    });
    next.run(request).await
}

fn path(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or_else(|| uri.path().to_owned(), ToString::to_string)
}
