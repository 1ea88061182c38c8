//! Starting the installations of a pipeline, and taking up changed ones.

use super::calls::Tails;
use super::coalesce::CoalescingSink;
use super::gate::Gate;
use super::masking::{MaskedRecorder, MaskedTelemetry, Secrets};
use super::members::{Member, Pipeline, PipelineParts};
use super::report::Counts;
use crate::host::capture_rate::CaptureRate;
use crate::host::ports::{Reality, Recorder};
use crate::host::{Host, Ports, PosthogAccess};
use crate::installation::Installation;
use crate::isolate::{Capabilities, Function, Isolate};
use futures_util::future::join_all;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

/// What every installation of a pipeline is started with.
pub(super) struct Frame {
    posthog: PosthogAccess,
    reality: Reality,
    environment: String,
}

impl Pipeline {
    /// Starts an isolate per installation and loads every app. An app that cannot be loaded is disabled, which is logged; the
    /// others run. `setupPlugin` runs before an app's first call, or now for apps with jobs or schedules (case 121).
    ///
    /// # Errors
    /// When the operating system refuses a thread.
    pub async fn start(parts: PipelineParts) -> std::io::Result<Self> {
        let PipelineParts { installations, ports, sink, posthog, reality, retries, idempotency } = parts;
        let secrets = Arc::new(Secrets::default());
        let telemetry = MaskedTelemetry { inner: Arc::clone(&ports.telemetry), secrets: Arc::clone(&secrets) };
        let frame = Frame { posthog, reality, environment: ports.entropy.name() };
        let mut pipeline = Self {
            members: Vec::new(),
            secrets,
            ports: Ports { telemetry: Arc::new(telemetry), ..ports },
            sink: Arc::new(CoalescingSink::over(sink)),
            retries,
            idempotency,
            done: Mutex::default(),
            frame,
            until_ms: AtomicU64::new(u64::MAX),
            counts: Counts::default(),
        };
        pipeline.take_up(installations).await?;
        Ok(pipeline)
    }

    /// Takes up what is installed now. An installation that is as it was keeps its isolate; one that changed or is gone is torn
    /// down, and what is new is started (case 126). Between invocations: whatever runs keeps the pipeline from being changed.
    ///
    /// # Errors
    /// As [`Pipeline::start`]; the installations are then as they were, but for those that were torn down.
    pub async fn reload(&mut self, installations: Vec<Arc<Installation>>) -> std::io::Result<()> {
        let stays = |member: &Member| installations.iter().any(|new| new.is_as(member.installation()));
        let ended: Vec<usize> = (0..self.members.len()).filter(|index| !stays(&self.members[*index])).collect();
        join_all(ended.iter().map(|index| self.tear_down_member(&self.members[*index]))).await;
        for index in ended.into_iter().rev() {
            self.members.remove(index);
        }
        let is_new = |new: &Arc<Installation>| self.member(new.id).is_none();
        let fresh = installations.into_iter().filter(is_new).collect();
        self.take_up(fresh).await
    }

    /// Starts installations beside those that are there.
    async fn take_up(&mut self, fresh: Vec<Arc<Installation>>) -> std::io::Result<()> {
        let of_members = self.members.iter().map(|member| Arc::clone(&member.host.installation));
        let all: Vec<Arc<Installation>> = of_members.chain(fresh.iter().cloned()).collect();
        self.secrets.set(&all, &self.frame.posthog);
        let mut started = Vec::with_capacity(fresh.len());
        for installation in fresh {
            started.push(self.start_member(installation)?);
        }
        let load = async |member: &mut Member| member.capabilities = member.load().await;
        join_all(started.iter_mut().map(load)).await;
        join_all(started.iter().map(|member| self.prepare(member))).await;
        self.members.append(&mut started);
        self.members.sort_by_key(|member| (member.installation().order, member.installation().id));
        Ok(())
    }

    fn start_member(&self, installation: Arc<Installation>) -> std::io::Result<Member> {
        let mut ports = Ports::clone(&self.ports);
        if self.frame.reality == Reality::Real {
            let masked = |inner| {
                let (secrets, installation) = (Arc::clone(&self.secrets), installation.id);
                Arc::new(MaskedRecorder { inner, secrets, installation }) as Arc<dyn Recorder>
            };
            ports.recorder = ports.recorder.map(masked);
        }
        let host = Arc::new(Host {
            installation,
            ports,
            posthog: self.frame.posthog.clone(),
            reality: self.frame.reality,
            environment: self.frame.environment.clone(),
            capture_rate: CaptureRate::default(),
        });
        Ok(Member {
            gate: Gate::of(&host.installation),
            isolate: Isolate::spawn(Arc::clone(&host))?,
            host,
            capabilities: Ok(Capabilities::default()),
            batch_events: OnceCell::new(),
            export_buffer: Mutex::default(),
            was_global_refused: AtomicBool::new(false),
            errors: Mutex::default(),
        })
    }

    /// Sets up apps that run by themselves, and says what is wrong with others.
    async fn prepare(&self, member: &Member) {
        match &member.capabilities {
            // Whoever disabled it knows.
            Err(_) if !member.installation().enabled => {}
            Err(error) => self.note_load_error(member, error).await,
            Ok(capabilities) => {
                if capabilities.has(&Function::ExportEvents) {
                    member.warn_of_export_settings();
                }
                if !capabilities.jobs.is_empty() || !capabilities.scheduled_tasks.is_empty() {
                    let mut tails = Tails::default();
                    // What came of it is logged, and the first call meets it again.
                    drop(self.admit(member, &mut tails).await);
                    drop(self.end_tails(tails).await);
                }
            }
        }
    }
}
