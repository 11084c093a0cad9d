//! The little of the Redis protocol that filling and counting take.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Commands that are sent together, so that a round trip is paid once for all of them.
#[derive(Default)]
pub(super) struct Pipeline {
    bytes: Vec<u8>,
    commands: usize,
}

impl Pipeline {
    /// Adds one command.
    pub(super) fn push(&mut self, words: &[&[u8]]) {
        self.bytes.extend(format!("*{}\r\n", words.len()).bytes());
        for word in words {
            self.bytes.extend(format!("${}\r\n", word.len()).bytes());
            self.bytes.extend_from_slice(word);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.commands += 1;
    }

    /// How many commands wait to be sent.
    pub(super) fn len(&self) -> usize {
        self.commands
    }
}

/// A connection to one server.
pub(super) struct Connection {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Connection {
    pub(super) async fn open(host: &str, port: u16) -> Result<Self> {
        let stream = TcpStream::connect((host, port))
            .await
            .with_context(|| format!("no server answers at {host}:{port}"))?;
        let (reader, writer) = stream.into_split();
        Ok(Self { reader: BufReader::new(reader), writer })
    }

    /// Sends what waits, and empties the pipeline.
    ///
    /// # Errors
    /// The connection breaks, or the server refuses one of the commands.
    pub(super) async fn send(&mut self, pipeline: &mut Pipeline) -> Result<()> {
        let Self { reader, writer } = self;
        // A server stops reading when nobody takes its replies, so both go on at once.
        let write = async { Ok(writer.write_all(&pipeline.bytes).await?) };
        let read = async {
            for _ in 0..pipeline.commands {
                reply(reader).await?;
            }
            Ok::<_, anyhow::Error>(())
        };
        tokio::try_join!(write, read)?;
        pipeline.bytes.clear();
        pipeline.commands = 0;
        Ok(())
    }

    /// How many keys the server holds.
    ///
    /// # Errors
    /// The connection breaks, or the answer is not a number.
    pub(super) async fn key_count(&mut self) -> Result<u64> {
        self.writer.write_all(b"*1\r\n$6\r\nDBSIZE\r\n").await?;
        let answer = reply(&mut self.reader).await?;
        answer.parse().with_context(|| format!("DBSIZE answered {answer:?}"))
    }
}

/// Reads one scalar reply as text; no other is asked for here.
async fn reply(reader: &mut BufReader<OwnedReadHalf>) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line).await?;
    let line = line.trim_end();
    match line.split_at_checked(1) {
        Some(("+" | ":", text)) => Ok(text.to_owned()),
        Some(("-", text)) => bail!("the server refuses a command: {text}"),
        Some(("$", length)) => {
            let length: usize = length.parse().with_context(|| format!("a reply {line:?}"))?;
            let mut bytes = vec![0; length + 2];
            reader.read_exact(&mut bytes).await?;
            bytes.truncate(length);
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(_) => bail!("an unexpected reply {line:?}"),
        None => bail!("the server closed the connection"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn commands_are_length_prefixed() {
        let mut pipeline = Pipeline::default();
        pipeline.push(&[b"SET", b"k", b"a\r\nb"]);
        assert_eq!(pipeline.bytes, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n");
        assert_eq!(pipeline.len(), 1);
    }

    #[tokio::test]
    async fn every_command_gets_its_reply_and_a_refusal_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"+OK\r\n$3\r\n1-1\r\n:7\r\n-ERR no\r\n").await.unwrap();
            // Held open until the client has what it came for.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        };
        let client = async {
            let mut connection = Connection::open("127.0.0.1", port).await.unwrap();
            let mut pipeline = Pipeline::default();
            pipeline.push(&[b"SET", b"k", b"v"]);
            pipeline.push(&[b"XADD", b"s", b"1-1", b"f", b"v"]);
            connection.send(&mut pipeline).await.unwrap();
            assert_eq!(pipeline.len(), 0);
            assert_eq!(connection.key_count().await.unwrap(), 7);
            pipeline.push(&[b"SET"]);
            let refused = connection.send(&mut pipeline).await.unwrap_err();
            assert_eq!(refused.to_string(), "the server refuses a command: ERR no");
        };
        tokio::join!(server, client);
    }
}
