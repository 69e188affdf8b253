//! Calls with bytes of any kind, as no client of the protocol would send them.

use std::time::Duration;

use prost::bytes::{Buf, BufMut};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic::{Request, Status};

/// The bytes of the answer, or code and text of the refusal.
pub(crate) fn call(url: &str, method: &str, bytes: &[u8]) -> Result<Vec<u8>, (String, String)> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let endpoint = Endpoint::from_shared(url.replace("tcp://", "http://")).expect("a URL");
    let method = PathAndQuery::try_from(method).expect("a path");
    let answer = runtime.block_on(async {
        let channel = endpoint.connect().await.expect("a server");
        let mut client = Grpc::new(channel);
        client.ready().await.expect("ready");
        let call = client.unary(Request::new(bytes.to_vec()), method, Raw);
        tokio::time::timeout(Duration::from_secs(30), call).await.expect("an answer in time")
    });
    answer
        .map(tonic::Response::into_inner)
        .map_err(|status| (format!("{:?}", status.code()), status.message().to_owned()))
}

#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}
