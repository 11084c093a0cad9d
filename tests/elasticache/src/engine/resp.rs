//! The little of the Redis protocol that supervising a server takes.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A connection to one server on the loopback interface.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
}

/// An answer: its text, or the server's error.
pub(super) type Answer = Result<String, String>;

impl Connection {
    pub(super) async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends one command and reads its answer. Only scalar answers are read.
    pub(super) async fn ask(&mut self, command: &[&str]) -> io::Result<Answer> {
        let mut request = format!("*{}\r\n", command.len());
        for word in command {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.stream.get_mut().write_all(request.as_bytes()).await?;

        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        let unexpected = || io::Error::new(io::ErrorKind::InvalidData, format!("answer {line}"));
        let rest = line.get(1..).ok_or_else(unexpected)?;
        match line.as_bytes()[0] {
            b'+' | b':' => Ok(Ok(rest.to_owned())),
            b'-' => Ok(Err(rest.to_owned())),
            b'$' => {
                let length: usize = rest.parse().map_err(|_| unexpected())?;
                let mut bytes = vec![0; length + 2];
                self.stream.read_exact(&mut bytes).await?;
                bytes.truncate(length);
                Ok(Ok(String::from_utf8_lossy(&bytes).into_owned()))
            }
            _ => Err(unexpected()),
        }
    }
}
