package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// serving is what the server was asked for.
type serving struct {
	listen, cert, key, host, metrics, provider string
	proxy                                      bool
	witnesses                                  []string // where checkpoints go
	every                                      time.Duration
	private                                    bool     // a webhook may lie in a private network
	records                                    []string // where the journal's records go
	recordsCA                                  string   // who signs for syslog servers; "": whom the system trusts
	evidence                                   []string // folders that may be scanned from a browser, by name
	channels                                   []string // files that say on which ways notices are handed over
	mail                                       relayFlags
	demo                                       *web.Demo
}

func serveCommand(a *app) *cobra.Command {
	var o serving
	c := &cobra.Command{
		Use: "serve", GroupID: "other", Args: cobra.NoArgs,
		Short: a.t("cmd.serve.short"), Long: a.t("cmd.serve.long"), Example: indent(a.t("cmd.serve.example")),
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8443", a.t("cmd.serve.flag.listen"))
	f.StringVar(&o.cert, "tls-cert", "", a.t("cmd.serve.flag.tls-cert"))
	f.StringVar(&o.key, "tls-key", "", a.t("cmd.serve.flag.tls-key"))
	f.BoolVar(&o.proxy, "behind-proxy", false, a.t("cmd.serve.flag.behind-proxy"))
	f.StringVar(&o.host, "host", "", a.t("cmd.serve.flag.host"))
	f.StringVar(&o.metrics, "metrics", "", a.t("cmd.serve.flag.metrics"))
	f.StringVar(&o.provider, "provider", "", a.t("cmd.serve.flag.provider"))
	f.StringArrayVar(&o.witnesses, "checkpoint-to", nil, a.t("cmd.serve.flag.checkpoint-to"))
	f.DurationVar(&o.every, "checkpoint-every", time.Minute, a.t("cmd.serve.flag.checkpoint-every"))
	f.StringArrayVar(&o.records, "journal-to", nil, a.t("cmd.serve.flag.journal-to"))
	f.StringVar(&o.recordsCA, "journal-ca", "", a.t("cmd.serve.flag.journal-ca"))
	f.StringArrayVar(&o.evidence, "evidence", nil, a.t("cmd.serve.flag.evidence"))
	f.StringArrayVar(&o.channels, "channels", nil, a.t("cmd.serve.flag.channels"))
	f.BoolVar(&o.private, "private-network", false, a.t("cmd.journal-checkpoint.flag.private"))
	o.mail.flags(c, a)
	return c
}

func (a *app) serve(ctx context.Context, o serving) error {
	if err := o.check(); err != nil {
		return err
	}
	clock := auth.NewClock()
	logger := slog.New(slog.NewJSONHandler(a.talk, o.logged()))
	h, err := a.openHouse(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	work, err := newChores(o, clock.Now, logger)
	if err != nil {
		return err
	}
	scans, err := newScans(o, h.dir, clock.Now, logger)
	if err != nil {
		return err
	}
	errands, err := newErrands(o, clock.Now, logger)
	if err != nil {
		return err
	}
	// What is done beside requests ends after the last of them; scans, which keep
	// what they have read, at once.
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	scanning, halt := context.WithCancel(ctx)
	defer func() { halt(); stop(); work.busy.Wait() }()
	work.busy.Go(func() { scans.Run(scanning) })
	work.busy.Go(func() { errands.Run(scanning) })
	h.opened = func(id auth.TenantID, s *store.Store) {
		work.begin(beside, id, s)
		work.resume(scanning, scans, id, s)
		work.goOn(scanning, errands, id, s)
	}
	providers, err := a.providers(ctx, o.provider)
	if err != nil {
		return err
	}
	server, err := web.New(web.Config{Control: h.control, Tenant: h.tenant, Report: a.reportFor(clock), Now: clock.Now, Log: logger,
		Free: func() (int64, error) { return store.Free(h.dir) },
		Host: o.host, Plain: o.cert == "" && !o.proxy, Proxy: o.proxy, Providers: providers, Demo: o.demo, Scans: scans, Errands: errands, Ending: ctx.Done(), PlainHooks: o.private})
	if err != nil {
		return err
	}
	server.Waiting(work.waiting)
	if o.demo == nil {
		err = a.firstRun(ctx, h.control, clock.Now())
	}
	if err != nil {
		return err
	}
	if err := h.openAll(ctx); err != nil {
		return err
	}
	return o.run(ctx, server, logger, h.dir)
}

// logged is what is logged: of a demo, what went wrong.
func (o serving) logged() *slog.HandlerOptions {
	if o.demo != nil {
		return &slog.HandlerOptions{Level: slog.LevelWarn}
	}
	return nil
}

// firstRun shows the code that makes the first administrator, while there is
// none.
func (a *app) firstRun(ctx context.Context, control *store.Control, now auth.Instant) error {
	code, err := control.NewSetup(ctx, store.Local, now)
	var refusal *breach.Refusal
	if errors.As(err, &refusal) && refusal.Key == "refusal.setup-code" {
		return nil // somebody has an account
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(a.talk, a.t("cmd.serve.code", map[string]any{"Code": code.Reveal()})) // also when quiet: there is no other way in
	return nil
}

// reportFor gathers a report with the rights of whoever asked for it, by the
// clock of the server: what another one says ends sessions and broken glass.
func (a *app) reportFor(clock auth.Clock) func(context.Context, auth.Session, *store.Store, store.Case, bool) (web.ReportData, error) {
	return func(ctx context.Context, who auth.Session, s *store.Store, c store.Case, paths bool) (web.ReportData, error) {
		theirs := *a
		theirs.store, theirs.desk = s, &casework.Desk{Store: s, Who: who, Clock: clock.Now, Now: time.Now}
		return theirs.reportData(ctx, c, paths)
	}
}
