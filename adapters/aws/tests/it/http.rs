//! As much HTTP as a proxy and a false service need.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// A request with its body; `None` if the client sends none.
pub async fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        if let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if request.len() >= end + 4 + length {
                return Some(request);
            }
        }
        if client.read_buf(&mut request).await.unwrap() == 0 {
            return None;
        }
    }
}
