//! A real browser without a window, asked over a pipe (the DevTools protocol).
//!
//! Chromium reads commands from file descriptor 3 and answers on 4, each a JSON text that ends with
//! a NUL. A shell puts the pipes there, which the standard library cannot.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long an answer may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// Before anything of a page is read: so that it can be asked later what the page was refused.
const LISTEN: &str = "window.refused = []; document.addEventListener('securitypolicyviolation', \
                      e => refused.push(e.effectiveDirective + ' ' + e.blockedURI));";

/// A browser with one page.
pub(super) struct Browser {
    child: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    events: VecDeque<Value>,
    session: Value,
    number: u64,
    _profile: TempDir,
}

impl Browser {
    /// Starts it.
    pub(super) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let script = "exec chromium \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";
        let mut child = Command::new("sh")
            .args(["-c", script, "sh"])
            .args([
                "--headless=new",
                "--remote-debugging-pipe",
                "--no-first-run",
            ])
            // Tests may run as root, and in a container without room in /dev/shm.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let mut pipe = BufReader::new(child.stdout.take().unwrap());
        let (send, answers) = channel();
        std::thread::spawn(move || {
            let mut text = Vec::new();
            while pipe.read_until(0, &mut text).is_ok_and(|length| length > 0) {
                text.pop();
                if send.send(serde_json::from_slice(&text).unwrap()).is_err() {
                    break;
                }
                text.clear();
            }
        });
        let mut browser = Self {
            child,
            commands,
            answers,
            events: VecDeque::new(),
            session: Value::Null,
            number: 0,
            _profile: profile,
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        browser.session = browser.ask("Target.attachToTarget", target)["sessionId"].take();
        browser.ask("Page.enable", json!({}));
        browser.ask(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": LISTEN}),
        );
        browser
    }

    /// Asks for something, and waits for the answer.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let mut command = json!({"id": self.number, "method": method, "params": params});
        if !self.session.is_null() {
            command["sessionId"] = self.session.clone();
        }
        self.commands
            .write_all(command.to_string().as_bytes())
            .unwrap();
        self.commands.write_all(&[0]).unwrap();
        loop {
            let mut answer = self
                .answers
                .recv_timeout(PATIENCE)
                .expect("chromium answers");
            if answer["id"] == self.number {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push_back(answer);
        }
    }

    /// Opens a file, and waits until it is there.
    pub(super) fn open(&mut self, file: &Path) {
        self.events.clear();
        self.ask(
            "Page.navigate",
            json!({"url": format!("file://{}", file.display())}),
        );
        while !self
            .events
            .iter()
            .any(|event| event["method"] == "Page.loadEventFired")
        {
            let event = self
                .answers
                .recv_timeout(PATIENCE)
                .expect("the page is loaded");
            self.events.push_back(event);
        }
    }

    /// Looks at pages as on a screen of this width, in the light or in the dark.
    pub(super) fn look(&mut self, width: u32, scheme: &str) {
        let screen = json!({
            "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500,
        });
        self.ask("Emulation.setDeviceMetricsOverride", screen);
        let scheme = json!({"name": "prefers-color-scheme", "value": scheme});
        let media = json!({"media": "screen", "features": [scheme]});
        self.ask("Emulation.setEmulatedMedia", media);
    }

    /// What an expression of JavaScript gives; the page's policy does not bind who looks from outside.
    pub(super) fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
        });
        let mut answer = self.ask("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{answer}");
        answer["result"]["value"].take()
    }

    /// The page on paper (PDF).
    pub(super) fn print(&mut self) -> Vec<u8> {
        let media = json!({"media": "", "features": []});
        self.ask("Emulation.setEmulatedMedia", media);
        let params = json!({"preferCSSPageSize": true});
        decoded(&self.ask("Page.printToPDF", params)["data"])
    }

    /// The whole page as a picture (PNG), for people.
    pub(super) fn picture(&mut self) -> Vec<u8> {
        let params = json!({"captureBeyondViewport": true});
        decoded(&self.ask("Page.captureScreenshot", params)["data"])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// RFC 4648, section 4.
fn decoded(text: &Value) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.as_str().unwrap().bytes().filter(|b| *b != b'=') {
        let value = letters.iter().position(|known| *known == letter).unwrap();
        bits = (bits << 6) | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
