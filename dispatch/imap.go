package dispatch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/klarlagt/klarlagt/breach"
)

// IMAP reads one mailbox: that of a seed list. It changes nothing there.
type IMAP struct {
	Addr     string
	Security Security    // Implicit, or Loopback
	TLS      *tls.Config // nil: the system's roots, the host of Addr
	User     string
	Password breach.Personal
	Folder   string // "": INBOX
}

// Find gives the message with a Message-ID as it lies there, headers and all.
func (m IMAP) Find(ctx context.Context, messageID string) (message []byte, found bool, err error) {
	conn, err := m.dial(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("open mailbox: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c := imapclient.New(conn, nil)
	defer func() { _ = c.Close() }()
	if err := c.Login(m.User, m.Password.Reveal()).Wait(); err != nil {
		return nil, false, fmt.Errorf("open mailbox: %w", err)
	}
	folder := m.Folder
	if folder == "" {
		folder = "INBOX"
	}
	if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return nil, false, fmt.Errorf("open mailbox: %w", err)
	}
	hits, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-Id", Value: messageID}}}, nil).Wait()
	if err != nil {
		return nil, false, fmt.Errorf("look for a message: %w", err)
	}
	uids := hits.AllUIDs()
	if len(uids) == 0 {
		return nil, false, c.Logout().Wait()
	}
	whole := &imap.FetchItemBodySection{Peek: true}
	list, err := c.Fetch(imap.UIDSetNum(uids[0]), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}}).Collect()
	if err != nil || len(list) == 0 {
		return nil, false, fmt.Errorf("read a message: %w", errors.Join(err, errNothing(len(list))))
	}
	return list[0].FindBodySection(whole), true, c.Logout().Wait()
}

func errNothing(messages int) error {
	if messages == 0 {
		return errors.New("it is gone")
	}
	return nil
}

func (m IMAP) dial(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Addr)
	if err != nil {
		return nil, err
	}
	if m.Security == Loopback {
		if !local(conn.RemoteAddr()) {
			return nil, errors.Join(errLoopback, conn.Close())
		}
		return conn, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.TLS != nil {
		config = m.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(m.Addr)
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}
