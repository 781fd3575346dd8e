//! The wire: HTTP/1.1 on a loopback socket, and what a scenario does to connections.

use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

use super::clouds::{Answer, Clouds};
use super::edge::Edge;
use super::pki::{self, Authority};
use super::reply::Reply;
use super::request::Received;
use super::scenario::{self, Deed, ServerCertificate, TlsVersion};

/// The largest body that is read; Tencent Cloud's own limit.
const MAX_BODY: usize = 10 * 1024 * 1024;
const MIB: usize = 1024 * 1024;
/// Lets what was written reach the other side before the connection ends, or files be closed
/// before one more is opened.
const PARTING: Duration = Duration::from_millis(20);

/// Accepts connections until told to stop.
///
/// # Errors
/// If the socket or the runtime cannot be used.
pub fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    edges: Vec<Edge>,
    clouds: Arc<Mutex<Clouds>>,
    stop: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        for edge in edges {
            tokio::spawn(edge.serve());
        }
        let accept = async {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        tokio::spawn(connection(stream, tls.clone(), clouds.clone()));
                    }
                    // The client has gone, or there are too many of them: this one can wait.
                    Err(_) => tokio::time::sleep(PARTING).await,
                }
            }
        };
        tokio::select! {
            () = accept => {}
            _ = stop => {}
        }
        Ok(())
    })
}

async fn connection(stream: TcpStream, tls: Option<Tls>, clouds: Arc<Mutex<Clouds>>) {
    let _ = stream.set_nodelay(true);
    let line = Arc::new(Line::default());
    let wire = Wire {
        stream,
        line: line.clone(),
    };
    match tls {
        None => exchange(wire, line, clouds).await,
        Some(Tls::Served(config)) => {
            if let Ok(wire) = TlsAcceptor::from(config).accept(wire).await {
                exchange(wire, line, clouds).await;
            }
        }
        Some(Tls::TooOld) => turn_away(wire).await,
    }
}

/// How HTTPS is served.
#[derive(Clone)]
pub enum Tls {
    /// As configured.
    Served(Arc<rustls::ServerConfig>),
    /// By a server that is too old for any client of today.
    TooOld,
}

impl Tls {
    /// A server certificate of that authority, or what the scenario wants in its place.
    ///
    /// # Errors
    /// What the generator of keys or the TLS library says.
    pub fn new(authority: &Authority, scenario: scenario::Tls) -> io::Result<Self> {
        let here = ["localhost", "127.0.0.1", "::1"];
        let issued = match scenario.certificate {
            ServerCertificate::Good => authority.issue(&here, 30),
            ServerCertificate::Expired => authority.issue(&here, 0),
            ServerCertificate::WrongHost => authority.issue(&["elsewhere.example.com"], 30),
            ServerCertificate::UnknownAuthority => {
                Authority::called("a stranger").and_then(|stranger| stranger.issue(&here, 30))
            }
            ServerCertificate::SelfSigned => pki::self_signed(&here),
        }
        .map_err(io::Error::other)?;
        let versions = match scenario.version {
            None => rustls::ALL_VERSIONS,
            Some(TlsVersion::V1_1) => return Ok(Tls::TooOld),
            Some(TlsVersion::V1_2) => &[&rustls::version::TLS12],
            Some(TlsVersion::V1_3) => &[&rustls::version::TLS13],
        };
        let chain = CertificateDer::pem_slice_iter(issued.fullchain.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map(|config| Tls::Served(Arc::new(config)))
            .map_err(io::Error::other)
    }
}

/// A TLS 1.1 server's fatal alert `protocol_version` (RFC 4346, 7.2).
async fn turn_away(mut wire: Wire) {
    let mut hello = [0; 4096];
    // Whether client and alert still meet is for the client to judge.
    let _ = wire.read(&mut hello).await;
    let _ = wire.write_all(&[0x15, 3, 2, 0, 2, 2, 70]).await;
}

async fn exchange<W>(wire: W, line: Arc<Line>, clouds: Arc<Mutex<Clouds>>)
where
    W: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(|request| respond(request, &line, &clouds));
    let connection = hyper::server::conn::http1::Builder::new()
        .max_buf_size(MIB)
        .serve_connection(TokioIo::new(wire), service);
    tokio::select! {
        // How a connection ends is for the client to judge.
        _ = connection => {}
        () = line.hang_up.notified() => {}
    }
}

/// What a request may ask of its connection.
#[derive(Default)]
struct Line {
    reset: AtomicBool,
    hang_up: Notify,
}

async fn respond(
    request: Request<Incoming>,
    line: &Arc<Line>,
    clouds: &Mutex<Clouds>,
) -> Result<Response<Delivery>, io::Error> {
    let received = match read(request).await {
        Ok(received) => received,
        Err(status) => {
            let reply = Reply {
                status,
                headers: Vec::new(),
                body: Vec::new(),
            };
            return Ok(response(reply, &Deed::default(), chrono::Utc::now()));
        }
    };
    let (Answer { reply, deed }, now, latency) = {
        let mut clouds = clouds.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = clouds.receive(&received);
        (answer, clouds.now(), clouds.latency())
    };
    let silence = latency + Duration::from_millis(deed.stall_ms.unwrap_or(0));
    if !silence.is_zero() {
        tokio::time::sleep(silence).await;
    }
    if deed.reset_before || deed.reset_after {
        line.reset.store(true, Ordering::Relaxed);
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    if deed.close_idle {
        let line = line.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PARTING).await;
            line.hang_up.notify_one();
        });
    }
    Ok(response(reply, &deed, now))
}

async fn read(request: Request<Incoming>) -> Result<Received, u16> {
    let (head, body) = request.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = value.to_str().map_err(|_| 400_u16)?;
            Ok((name.as_str().to_owned(), value.to_owned()))
        })
        .collect::<Result<_, u16>>()?;
    let body = Limited::new(body, MAX_BODY)
        .collect()
        .await
        .map_err(|_| 413_u16)?
        .to_bytes();
    Ok(Received {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
    })
}

fn response(reply: Reply, deed: &Deed, now: chrono::DateTime<chrono::Utc>) -> Response<Delivery> {
    let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut response = Response::builder()
        .status(reply.status)
        .header("date", date);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let padding = deed.huge_mib.unwrap_or(0);
    let body = Delivery {
        length: match deed.cut_chunk {
            Some(_) => None,
            None => Some(padding * MIB as u64 + reply.body.len() as u64),
        },
        padding,
        rest: reply.body.into(),
        cut: deed.cut_body.or(deed.cut_chunk),
        pace: deed.slow_ms_per_byte.map(Duration::from_millis),
        timer: None,
    };
    response.body(body).unwrap_or_else(|_| {
        // Only a scenario can bring a header value that is none.
        Response::new(Delivery::default())
    })
}

/// A body on its way: padded, paced, cut.
#[derive(Default)]
struct Delivery {
    length: Option<u64>,
    padding: u64,
    rest: Bytes,
    cut: Option<usize>,
    pace: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Delivery {
    fn wait(&mut self, span: Duration, context: &mut Context<'_>) -> Poll<()> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(span)));
        ready!(timer.as_mut().poll(context));
        self.timer = None;
        Poll::Ready(())
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.padding > 0 {
            self.padding -= 1;
            // White space in front keeps it one JSON document.
            return Poll::Ready(Some(Ok(Frame::data(vec![b' '; MIB].into()))));
        }
        if self.cut == Some(0) {
            // What was sent so far must be flushed first.
            ready!(self.wait(PARTING, context));
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let mut size = self.rest.len().min(self.cut.unwrap_or(usize::MAX));
        if let Some(pace) = self.pace {
            ready!(self.wait(pace, context));
            size = 1;
        }
        self.cut = self.cut.map(|cut| cut - size);
        let data = self.rest.split_to(size);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}

/// A socket that is reset instead of closed once its line says so.
struct Wire {
    stream: TcpStream,
    line: Arc<Line>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.line.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
