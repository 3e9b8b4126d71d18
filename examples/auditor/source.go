package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/tiles"
	"github.com/taperid/taper/did"
)

// maxFile bounds the files that the flags name.
const maxFile = 1 << 20

// source is a log with what it is judged by.
type source struct {
	where  string
	log    audit.Reader
	policy *audit.Policy
	known  bool // the policy names the verifiers
	anchor *audit.Checkpoint
	names  map[did.DID]string // the auditor's own, never the log's
	close  func() error
}

// audit audits the log and writes what was asked for.
func (o *options) audit(ctx context.Context, out, problems io.Writer) (int, error) {
	open := o.open
	if o.demo {
		open = o.openDemo
	}
	src, err := open(ctx)
	if err != nil {
		return notJudged, err
	}
	defer func() { _ = src.close() }() // nothing is written to it
	report, err := audit.Audit(ctx, src.log, src.policy, src.anchor)
	if err != nil {
		return notJudged, err
	}
	if err := o.write(src, report, out); err != nil {
		return notJudged, err
	}
	if o.demo && o.keep != "" {
		_, _ = fmt.Fprintf(problems, "auditor: the log is kept in %s\n", o.keep)
	}
	if len(report.Findings) > 0 && !o.demo {
		return faulty, nil
	}
	return clean, nil
}

// open opens the log that the flags name.
func (o *options) open(context.Context) (*source, error) {
	src := &source{where: o.log, known: len(o.verifiers) > 0, close: func() error { return nil }}
	var err error
	if src.policy, err = o.trusted(); err != nil {
		return nil, err
	}
	if o.anchor != "" {
		signed, err := readFile(o.anchor)
		if err != nil {
			return nil, err
		}
		if src.anchor, err = audit.ParseCheckpoint(signed, src.policy); err != nil {
			return nil, fmt.Errorf("the anchor: %w", err)
		}
	}
	if o.names != "" {
		if src.names, err = readNames(o.names); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(o.log, "https://") || strings.HasPrefix(o.log, "http://") {
		src.log, err = tiles.NewHTTPReader(o.log, &http.Client{Timeout: time.Minute})
		return src, err
	}
	dir, err := tiles.OpenDir(o.log)
	if err != nil {
		return nil, err
	}
	src.log, src.close = dir, dir.Close
	return src, nil
}

// trusted returns the policy of the flags.
func (o *options) trusted() (*audit.Policy, error) {
	policy, err := o.logPolicy()
	if err != nil || len(o.verifiers) == 0 {
		return policy, err
	}
	var keys []did.DID
	for _, text := range o.verifiers {
		d, err := did.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("-verifier: %w", err)
		}
		keys = append(keys, d)
	}
	return policy.WithVerifiers(keys...), nil
}

func (o *options) logPolicy() (*audit.Policy, error) {
	if o.policy == "" {
		origin, _, _ := strings.Cut(o.vkey, "+")
		return audit.NewPolicy(origin, o.vkey)
	}
	text, err := readFile(o.policy)
	if err != nil {
		return nil, err
	}
	return audit.ParsePolicy(text)
}

// readFile reads a file that is not too large.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is longer than %d bytes", name, maxFile)
	}
	return data, errors.Join(err, f.Close())
}

// readNames reads lines of a DID, a space and a name.
func readNames(file string) (map[did.DID]string, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	names := make(map[did.DID]string)
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		who, name, _ := strings.Cut(line, " ")
		d, err := did.Parse(who)
		name = strings.TrimSpace(name)
		if err != nil || name == "" || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return nil, fmt.Errorf("%s: line %d is not a DID, a space and a printable name", file, n)
		}
		names[d] = name
	}
	return names, lines.Err()
}

// write writes the report in every form that was asked for.
func (o *options) write(src *source, report *audit.Report, out io.Writer) error {
	if o.text != "" {
		if err := writeFile(o.text, out, []byte(report.String())); err != nil {
			return err
		}
	}
	if o.json != "" {
		data, err := report.MarshalJSON()
		if err != nil {
			return err
		}
		if err := writeFile(o.json, out, append(data, '\n')); err != nil {
			return err
		}
	}
	if o.web != "" {
		var page bytes.Buffer
		if err := newPage(src, report, o.entries).render(&page); err != nil {
			return err
		}
		if err := writeFile(o.web, out, page.Bytes()); err != nil {
			return err
		}
	}
	if o.save != "" && !contradicts(report) {
		return writeFile(o.save, out, report.Head.Bytes())
	}
	return nil
}

// contradicts reports whether the log is not what its checkpoints say.
func contradicts(report *audit.Report) bool {
	for _, f := range report.Findings {
		if f.Kind == audit.Inconsistent {
			return true
		}
	}
	return false
}

// writeFile writes a file that its owner alone may read, or to out for "-".
func writeFile(name string, out io.Writer, data []byte) error {
	if name == "-" {
		_, err := out.Write(data)
		return err
	}
	return os.WriteFile(name, data, 0o600)
}
