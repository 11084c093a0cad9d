//! Just enough of the Redis protocol to fill a server.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Sets `keys` keys of `size` bytes each, which do not compress. Keys of another shard's slots are
/// refused by a cluster's server, which leaves each of them with its share.
pub(crate) async fn fill(address: &str, keys: usize, size: usize) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (reader, mut writer) = stream.into_split();
    let send = async {
        for key in 0..keys {
            let value = noise(size, key);
            let command = format!("SET key:{key} {value}\r\n");
            writer.write_all(command.as_bytes()).await.unwrap();
        }
    };
    let receive = async {
        let mut lines = BufReader::new(reader).lines();
        for _ in 0..keys {
            let line = lines.next_line().await.unwrap().unwrap();
            assert!(line == "+OK" || line.starts_with("-MOVED"), "{line}");
        }
    };
    tokio::join!(send, receive);
}

/// Letters from a linear congruential generator.
fn noise(size: usize, seed: usize) -> String {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    (0..size)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + ((state >> 33) % 74) as u8)
        })
        .collect()
}
