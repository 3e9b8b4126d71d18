// Inspect says what a file is, whether it is valid, and if not, why: identifiers,
// credentials, presentations, chains of task credentials, authorities, status lists
// and what comes out of an audit log. With -batch it answers cases, one a line.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// The exit statuses.
const (
	allValid = iota
	notValid
	wrongUse
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, time.Now)) }

const usage = `usage: inspect [flags] FILE...      a report for each file; - is standard input
       inspect -batch < cases.ndjson    an answer for each case

exit status: 0 all valid, 1 something is not, 2 wrong use

`

func run(args []string, in io.Reader, out, problems io.Writer, now func() time.Time) int {
	o, err := parseFlags(args, problems)
	if errors.Is(err, flag.ErrHelp) {
		return allValid
	}
	if err != nil {
		_, _ = fmt.Fprintln(problems, "inspect:", err)
		return wrongUse
	}
	o.now = now
	var good bool
	if o.batch {
		good, err = batch(in, out, now)
	} else {
		good, err = o.report(in, out)
	}
	switch {
	case err != nil:
		_, _ = fmt.Fprintln(problems, "inspect:", err)
		return wrongUse
	case !good:
		return notValid
	}
	return allValid
}

// options are the flags.
type options struct {
	at                          string
	roots, signers              list
	audience, challenge, domain string
	lists                       string
	contexts                    list
	vkey, leaf                  string
	json, batch                 bool
	files                       []string
	now                         func() time.Time
	stated                      map[string]raw // what the flags say, as members of a case
}

// list is a flag that may be there several times.
type list []string

func (l *list) String() string { return fmt.Sprint(*l) }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

var errUse = errors.New("wrong use")

func parseFlags(args []string, problems io.Writer) (*options, error) {
	o := new(options)
	set := flag.NewFlagSet("inspect", flag.ContinueOnError)
	set.SetOutput(problems)
	set.Usage = func() {
		_, _ = fmt.Fprint(problems, usage)
		set.PrintDefaults()
	}
	set.StringVar(&o.at, "at", "", "`TIME` to judge by, as 2026-01-31T12:00:00Z (default: now)")
	set.Var(&o.roots, "root", "`DID` that is trusted: the root of chains, the issuer of credentials (repeatable)")
	set.Var(&o.signers, "signer", "`DID` that may sign the status lists of the roots (repeatable; default: the root itself)")
	set.StringVar(&o.audience, "audience", "", "`NAME` of the verifier that an invocation is for")
	set.StringVar(&o.challenge, "challenge", "", "`TEXT` that a presentation must be made for")
	set.StringVar(&o.domain, "domain", "", "`NAME` of the verifier that a presentation is for")
	set.StringVar(&o.lists, "lists", "", "status list credentials: a `FILE` with one or a bundle, or a folder of such files")
	set.Var(&o.contexts, "context", "`URL=FILE` of a JSON-LD context (repeatable)")
	set.StringVar(&o.vkey, "vkey", "", "verifier `KEY` of the log that a checkpoint or a proof is of")
	set.StringVar(&o.leaf, "leaf", "", "`FILE` with the leaf that a proof is about")
	set.BoolVar(&o.json, "json", false, "write JSON, one object a file")
	set.BoolVar(&o.batch, "batch", false, "answer the cases on standard input, one JSON object a line")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, errUse // said already
	}
	o.files = set.Args()
	return o, o.check()
}

func (o *options) check() error {
	switch {
	case o.batch && (len(o.files) > 0 || o.json):
		return fmt.Errorf("%w: -batch reads standard input and writes JSON", errUse)
	case !o.batch && len(o.files) == 0:
		return fmt.Errorf("%w: no files; -h tells more", errUse)
	}
	if o.at != "" {
		if _, err := parseTime(o.at); err != nil {
			return fmt.Errorf("%w: -at: %w", errUse, err)
		}
	}
	return nil
}
