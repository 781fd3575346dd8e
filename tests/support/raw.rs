//! A server that answers byte for byte what a test says, and keeps what it was sent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The request line and the header fields.
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    /// Reads one request; what has not the form of one is its head, as far as it came.
    pub fn read(stream: &mut impl Read) -> Request {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length")
                        .then(|| value.trim().parse::<usize>().ok())?
                });
                if bytes.len() >= end + 4 + length.unwrap_or(0) {
                    let body = bytes[end + 4..].to_vec();
                    return Request { head, body };
                }
            }
            match stream.read(&mut chunk) {
                Ok(0) | Err(_) => break,
                Ok(size) => bytes.extend_from_slice(&chunk[..size]),
            }
        }
        Request {
            head: String::from_utf8_lossy(&bytes).into_owned(),
            body: Vec::new(),
        }
    }
}

/// A server on loopback; it runs until the tests end.
pub struct Raw {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Raw {
    /// Answers each connection's one request with what `reply` makes of it.
    pub fn http(reply: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Raw::connections(move |mut stream, keep| {
            let request = Request::read(&mut stream);
            let bytes = reply(&request);
            // Kept before it is answered, so that whoever has the answer finds it.
            keep(request);
            // The client may have gone.
            let _ = stream.write_all(&bytes);
        })
    }

    /// Hands each connection to `serve`, which keeps what arrives.
    pub fn connections(
        serve: impl Fn(TcpStream, &dyn Fn(Request)) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (serve, kept) = (Arc::new(serve), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (serve, kept) = (Arc::clone(&serve), Arc::clone(&kept));
                thread::spawn(move || {
                    serve(stream, &|request| {
                        kept.lock().expect("no panic").push(request)
                    });
                });
            }
        });
        Raw { port, seen }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What arrived so far.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().expect("no panic").clone()
    }

    /// What arrived, once that is at least `count` requests.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Request> {
        for _ in 0..500 {
            let requests = self.requests();
            if requests.len() >= count {
                return requests;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("{count} requests did not arrive: {:#?}", self.requests());
    }
}

/// An answer with a body of known length, after which the connection closes.
pub fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status} Status\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
