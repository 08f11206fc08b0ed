package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// app is one run of the command: its settings, and what it has open.
type app struct {
	dir, caseID, lang    string
	keyFile              string   // of the master key
	memberFile           string   // of whoever works here, for cases in secret mode
	halves               []string // files of the recovery key's two halves, in place of it; "-" is typed in
	database             string   // of PostgreSQL; "" for SQLite in dir. No flag: it may hold a password
	json, quiet, verbose bool

	texts *locale.Printer
	style style
	out   io.Writer // results
	talk  io.Writer // everything said beside them
	store *store.Store
	desk  *casework.Desk

	server, serverCA, tokenFile string // where work is done, if not in a data folder
	office                      office // the desk, or that server
}

// commands lists the subcommands in the order of the help.
var commands = []func(*app) *cobra.Command{
	openCommand, caseCommand, dutiesCommand, decideCommand, draftCommand, exchangeCommand, registerCommand, scanCommand, ocrCommand, resolveCommand, reviewCommand, listsCommand,
	peopleCommand, explainCommand, accountCommand, reportCommand, exportCommand, noticesCommand, closeCommand, approvalsCommand, approveCommand, declineCommand,
	extractCommand, demoCommand, detectorsCommand, dbCommand, backupCommand, restoreCommand, keysCommand, secretCommand, journalCommand, serveCommand, userCommand, readersCommand, glassCommand, versionCommand, workerCommand,
}

func newApp(args []string) *app {
	a := &app{out: os.Stdout, talk: os.Stderr, lang: languageOf(args), database: os.Getenv("KLARLAGT_DATABASE")}
	a.texts = locale.For(a.lang)
	a.style = style{on: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(os.Stderr)}
	return a
}

// languageOf finds the language before anything else is known: the help is in
// it too.
func languageOf(args []string) string {
	for i, arg := range args {
		if lang, ok := strings.CutPrefix(arg, "--lang="); ok {
			return lang
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	for _, name := range []string{"KLARLAGT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return locale.Match(v)
		}
	}
	return "en"
}

// root builds the command tree.
func (a *app) root() *cobra.Command {
	cobra.EnableCommandSorting = false // they stand in the order of the work
	root := &cobra.Command{
		Use: "klarlagt", Short: a.t("cmd.root.short"), Long: a.t("cmd.root.long"), Example: indent(a.t("cmd.root.example")),
		SilenceErrors: true, SilenceUsage: true, Args: misuse(cobra.NoArgs),
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if err := a.checkLanguage(); err != nil {
				return err
			}
			return a.checkServer(c)
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.dir, "data", os.Getenv("KLARLAGT_DATA"), a.t("cmd.flag.data"))
	f.StringVar(&a.keyFile, "key", os.Getenv("KLARLAGT_KEY_FILE"), a.t("cmd.flag.key"))
	f.StringVar(&a.memberFile, "member", os.Getenv("KLARLAGT_MEMBER_KEY"), a.t("cmd.flag.member"))
	f.StringArrayVar(&a.halves, "half", nil, a.t("cmd.flag.half"))
	f.StringVar(&a.server, "server", os.Getenv("KLARLAGT_SERVER"), a.t("cmd.flag.server"))
	f.StringVar(&a.serverCA, "server-ca", "", a.t("cmd.flag.server-ca"))
	f.StringVar(&a.tokenFile, "token-file", "", a.t("cmd.flag.token-file"))
	f.StringVar(&a.caseID, "case", os.Getenv("KLARLAGT_CASE"), a.t("cmd.flag.case"))
	f.StringVar(&a.lang, "lang", a.lang, a.t("cmd.flag.lang"))
	f.BoolVar(&a.json, "json", false, a.t("cmd.flag.json"))
	f.BoolVarP(&a.quiet, "quiet", "q", false, a.t("cmd.flag.quiet"))
	f.BoolVarP(&a.verbose, "verbose", "v", false, a.t("cmd.flag.verbose"))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errMisuse{err} })
	for _, id := range []string{"case", "read", "other"} {
		root.AddGroup(&cobra.Group{ID: id, Title: a.t("cmd.group." + id)})
	}
	root.SetHelpCommandGroupID("other")
	root.SetCompletionCommandGroupID("other")
	for _, c := range commands {
		root.AddCommand(misused(c(a)))
	}
	a.sayRemotely(root)
	return root
}

// misused makes wrong arguments of a command and its subcommands misuse.
func misused(c *cobra.Command) *cobra.Command {
	c.Args = misuse(c.Args)
	for _, sub := range c.Commands() {
		misused(sub)
	}
	return c
}

func misuse(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return errMisuse{err}
		}
		return nil
	}
}

func (a *app) checkLanguage() error {
	for _, lang := range locale.Languages() {
		if a.lang == lang {
			return nil
		}
	}
	if a.flagGiven("--lang") {
		return errMisuse{errors.New(a.t("cmd.bad-language", map[string]any{"Lang": a.lang, "Allowed": strings.Join(locale.Languages(), ", ")}))}
	}
	a.lang = "en" // the system's language is one that we do not speak
	return nil
}

func (a *app) flagGiven(name string) bool {
	for _, arg := range os.Args {
		if arg == name || strings.HasPrefix(arg, name+"=") {
			return true
		}
	}
	return false
}

// open opens the data folder, or reaches for the server that was named.
func (a *app) open(ctx context.Context) error {
	if a.office != nil {
		return nil
	}
	if a.server != "" {
		r, err := a.openServer()
		a.office = r
		return err
	}
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	key, from, err := a.masterKey(dir)
	if err != nil {
		return err
	}
	member, err := a.memberKey()
	if err != nil {
		return err
	}
	if a.store, err = store.Open(ctx, store.Config{Dir: dir, Postgres: a.database, Key: key, KeyFrom: from, Member: member}); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	a.desk = &casework.Desk{Store: a.store, Who: console(), Now: time.Now, Worker: []string{self, "worker"}}
	a.office = here{a.desk}
	return nil
}

// console is whoever runs this: the number of the account, for its name may be a
// person's and goes into the journal.
func console() auth.Session {
	id := "unknown"
	if u, err := user.Current(); err == nil {
		id = u.Uid
	}
	return auth.Console(auth.UserID("console:"+id), store.Local, auth.Instant{Wall: time.Now()})
}

// purpose reads what values are to be shown for; "" for nothing.
func (a *app) purpose(text string) (auth.Purpose, error) {
	p := auth.Purpose(text)
	if text == "" || slices.Contains(auth.Purposes(), p) {
		return p, nil
	}
	var allowed []string
	for _, p := range auth.Purposes() {
		allowed = append(allowed, string(p))
	}
	return "", &breach.Refusal{Key: "cmd.bad-purpose", Args: map[string]any{"Value": text, "Allowed": strings.Join(allowed, ", ")}}
}

func (a *app) dataDir() (string, error) {
	if a.dir != "" {
		return filepath.Abs(a.dir)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", &breach.Refusal{Key: "cmd.no-home", Err: err}
	}
	return filepath.Join(home, ".klarlagt"), nil
}

func (a *app) close() {
	if a.store != nil {
		_ = a.store.Close()
	}
}

// theCase opens the data folder and finds the case to work on.
func (a *app) theCase(ctx context.Context) (store.Case, error) {
	if err := a.open(ctx); err != nil {
		return store.Case{}, err
	}
	return a.office.Case(ctx, a.caseID)
}

// t is a text in the user's language.
func (a *app) t(key string, args ...map[string]any) string {
	var named map[string]any
	if len(args) > 0 {
		named = args[0]
	}
	return a.texts.Text(key, named)
}

// say says something beside the results, unless it was asked to be quiet.
func (a *app) say(key string, args ...map[string]any) {
	if !a.quiet {
		fmt.Fprintln(a.talk, a.t(key, args...))
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// indent sets an example off, as the help shows it.
func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

// style colours words, where that is wanted.
type style struct{ on bool }

func (s style) paint(code, text string) string {
	if !s.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bad(text string) string  { return s.paint("1;31", text) }
func (s style) good(text string) string { return s.paint("32", text) }
func (s style) bold(text string) string { return s.paint("1", text) }
