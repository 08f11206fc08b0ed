package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// credential is the name under which systemd hands the master key over.
const credential = "klarlagt-key" // #nosec G101 -- a name, not a secret

// masterKey finds the master key: in the file that --key or KLARLAGT_KEY_FILE
// names, as a credential of the service, or in the user's own settings, where
// it is made for a data folder that is new. It gives the place, too.
func (a *app) masterKey(data string) (key seal.Key, from string, err error) {
	folder := os.Getenv("CREDENTIALS_DIRECTORY")
	switch {
	case a.keyFile != "":
		from = a.keyFile
	case folder != "" && exists(filepath.Join(folder, credential)):
		from = filepath.Join(folder, credential)
		key, err = seal.OpenMasterCredential(folder, credential)
		return key, from, explainKey(from, err)
	default:
		if from, err = defaultKeyFile(); err != nil {
			return seal.Key{}, "", err
		}
		if !exists(from) && !exists(filepath.Join(data, "keys.db")) {
			key, err = a.newKey(from)
			return key, from, err
		}
	}
	key, err = a.openKeyFile(from)
	return key, from, explainKey(from, err)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// defaultKeyFile is never in the data folder: a copy of that would open itself.
func defaultKeyFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", &breach.Refusal{Key: "cmd.no-home", Err: err}
	}
	return filepath.Join(dir, "klarlagt", "master.key"), nil
}

// newKey makes the first key of a user.
func (a *app) newKey(path string) (seal.Key, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return seal.Key{}, &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": path}, Err: err}
	}
	key, err := seal.NewMasterFile(path)
	if errors.Is(err, fs.ErrExist) { // another run was first
		return seal.OpenMasterFile(path)
	}
	if err != nil {
		return seal.Key{}, &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": path}, Err: err}
	}
	fmt.Fprintln(a.talk, a.t("cmd.key.made", map[string]any{"Path": path})) // also when quiet: the data is lost without it
	return key, nil
}

// openKeyFile opens a key that lies there as it is, or behind a passphrase.
func (a *app) openKeyFile(path string) (seal.Key, error) {
	locked, err := isAge(path)
	if err != nil || !locked {
		return seal.OpenMasterFile(path)
	}
	passphrase, err := a.passphrase(path)
	if err != nil {
		return seal.Key{}, err
	}
	defer clear(passphrase)
	return seal.OpenMasterPassphrase(path, passphrase)
}

// isAge reports whether a file begins as those of age do.
func isAge(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len("age-encryption.org/"))
	_, err = io.ReadFull(f, head)
	return string(head) == "age-encryption.org/", err
}

// passphrase reads the passphrase from the file that KLARLAGT_PASSPHRASE_FILE
// names, or asks for it.
func (a *app) passphrase(keyFile string) ([]byte, error) {
	if name := os.Getenv("KLARLAGT_PASSPHRASE_FILE"); name != "" {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, &breach.Refusal{Key: "cmd.key.no-passphrase", Args: map[string]any{"Path": keyFile}, Err: err}
		}
		return bytes.TrimRight(content, "\r\n"), nil
	}
	if !isTerminal(os.Stdin) || !isTerminal(os.Stderr) {
		return nil, &breach.Refusal{Key: "cmd.key.no-passphrase", Args: map[string]any{"Path": keyFile}}
	}
	fmt.Fprint(a.talk, a.t("cmd.key.ask", map[string]any{"Path": keyFile})+" ")
	typed, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(a.talk)
	return typed, err
}

// explainKey says what is wrong with the place of a key.
func explainKey(path string, err error) error {
	var refusal *breach.Refusal
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	key := "cmd.key.unreadable"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key = "cmd.key.missing"
	case errors.Is(err, seal.ErrMode):
		key = "cmd.key.mode"
	case errors.Is(err, seal.ErrPassphrase):
		key = "cmd.key.wrong-passphrase"
	}
	return &breach.Refusal{Key: key, Args: map[string]any{"Path": path}, Err: err}
}
