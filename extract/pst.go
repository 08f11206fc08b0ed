package extract

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

var pstFormat = Format{
	Name:       "pst",
	Extensions: []string{"pst", "ost"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), "!BDN") },
	Read:       readPST,
	Strings:    true,
}

// readPST hands over the messages, contacts and appointments of an Outlook
// mailbox, and what is attached to them.
func readPST(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	p, err := openPST(in)
	if err != nil {
		return breach.Outcome{}, err
	}
	if err := p.check(); err != nil {
		return breach.Outcome{}, err
	}
	m := &mailbox{p: p, out: &steady{Sink: out}, folders: map[uint32]mailFolder{}, named: p.names()}
	unnamed := p.bad > 0
	if err := m.tree(); err != nil {
		return breach.Outcome{Missing: theRest}, err
	}
	err = p.eachNode(func(n pstNode) error {
		if kind := n.id & 0x1F; kind != nidMessage && kind != nidHidden {
			return nil
		}
		return m.message(n, m.path(n.parent), 0)
	})
	missing := []string{}
	if p.lost {
		missing = append(missing, "nodes whose place in the file is lost")
	}
	if unnamed {
		missing = append(missing, "names of properties")
	}
	if m.nameless > 0 {
		missing = append(missing, fmt.Sprintf("names of %d folders", m.nameless))
	}
	if m.broken.n > 0 {
		missing = append(missing, "of messages "+m.broken.String())
	}
	o := breach.Outcome{Missing: strings.Join(missing, "; ")}
	if err != nil {
		return o, err
	}
	if m.n == 0 && p.lost {
		return o, gap(breach.Malformed)
	}
	if o.Missing != "" {
		o.State, o.Reason = breach.Partly, breach.Malformed
	}
	return o, nil
}

// Kinds of nodes, in the low bits of their ids: [MS-PST] 2.2.2.1.
const (
	nidFolder  = 2
	nidMessage = 4
	nidHidden  = 8 // messages of programs: rules, views
)

// check walks both trees; where one is broken, it looks for what is left of
// them in the whole file.
func (p *pstFile) check() error {
	nothing := func([]byte) error { return nil }
	if err := p.leaves(p.blocks, pagePSTBlocks, -1, nothing); err != nil {
		return err
	}
	if err := p.leaves(p.nodes, pagePSTNodes, -1, nothing); err != nil {
		return err
	}
	p.pages = 2*(p.size/p.page) + 1000 + p.pages
	if !p.lost {
		return nil
	}
	return p.salvage()
}

// tree learns the folders and hands over their names.
func (m *mailbox) tree() error {
	return m.p.eachNode(func(n pstNode) error {
		if n.id&0x1F != nidFolder || len(m.folders) >= maxFolders {
			return nil
		}
		bad := m.p.bad
		ps, err := m.p.properties(n)
		if err != nil || m.p.bad > bad {
			m.nameless++
		}
		if ps == nil {
			return m.bear(err)
		}
		name := m.text(ps, mapiDisplayName)
		m.folders[n.id] = mailFolder{name, n.parent}
		if name == "" {
			return nil
		}
		lines := appendLine(nil, "Folder", []byte(name))
		if comment := m.text(ps, 0x3004); comment != "" {
			lines = appendLine(lines, "Comment", []byte(comment))
		}
		return m.out.Text(breach.At(breach.Step{Unit: breach.Property, N: int64(len(m.folders))}), lines)
	})
}

// path is the names of a folder and those around it, from the outside in.
func (m *mailbox) path(id uint32) string {
	path := ""
	for range 32 {
		f, ok := m.folders[id]
		if !ok || f.name == "" {
			break
		}
		if path == "" {
			path = f.name
		} else {
			path = f.name + "/" + path
		}
		if f.parent == id {
			break
		}
		id = f.parent
	}
	return path
}

// names reads what the properties without a fixed id are called: [MS-PST]
// 2.4.7.
func (p *pstFile) names() map[uint16]string {
	const nameMap, entries, texts = 0x61, 3, 4
	n, ok := p.node(nameMap)
	if !ok {
		return nil
	}
	ps, err := p.properties(n)
	if err != nil {
		p.bad++
		return nil
	}
	read := func(id uint16) []byte {
		q, ok := ps.find(id)
		if !ok {
			return nil
		}
		b, _ := io.ReadAll(io.LimitReader(ps.reader(q), maxValue)) // as much as there is
		return b
	}
	return mapiNames(read(entries), read(texts))
}
