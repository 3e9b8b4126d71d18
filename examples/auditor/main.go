// Auditor reads a log of what agents did, checks all of it, and says who is to blame:
// as text, as JSON, and as one HTML page that needs nothing from anywhere.
//
//	go run ./examples/auditor -demo -html report.html
//	go run ./examples/auditor -vkey KEY -anchor kept.checkpoint -html report.html LOG
//
// LOG is a folder of static tiles or the http or https URL of a log. The exit status
// is 0 where nothing is wrong, 1 where something is, 2 where nothing could be judged.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// The exit statuses.
const (
	clean = iota
	faulty
	notJudged
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

const usage = `usage: auditor -demo [-keep FOLDER] [-html FILE]
       auditor (-vkey KEY | -policy FILE) [flags] LOG

LOG is a folder of tiles or the URL of a log. In place of a FILE to write, - is standard output.

`

// options are the flags.
type options struct {
	demo            bool
	keep            string
	vkey, policy    string
	verifiers       list
	anchor, save    string
	names           string
	text, json, web string
	entries         int
	log             string
}

// list is a flag that may be there several times.
type list []string

func (l *list) String() string { return fmt.Sprint(*l) }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

func parseFlags(args []string, problems io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("auditor", flag.ContinueOnError)
	f.SetOutput(problems)
	f.Usage = func() {
		_, _ = fmt.Fprint(problems, usage)
		f.PrintDefaults()
	}
	f.BoolVar(&o.demo, "demo", false, "make a log of a fleet with a culprit, and audit that; the exit status is then 0")
	f.StringVar(&o.keep, "keep", "", "with -demo, a new `folder` for the log, its key, an anchor and the names")
	f.StringVar(&o.vkey, "vkey", "", "the log's verifier `key`, NAME+ID+KEY")
	f.StringVar(&o.policy, "policy", "", "a `file` with a policy (C2SP tlog-policy) in place of a key")
	f.Var(&o.verifiers, "verifier", "the `DID` of a verifier; repeat for more. None: whoever says so is one")
	f.StringVar(&o.anchor, "anchor", "", "a `file` with a signed checkpoint of this log, kept from before")
	f.StringVar(&o.save, "save", "", "a `file` to keep the log's checkpoint in, for -anchor the next time; not written where the log contradicts itself")
	f.StringVar(&o.names, "names", "", "a `file` with your own names for agents, lines of a DID, a space and a name")
	f.StringVar(&o.text, "text", "", "a `file` for the report as text; - if nothing else is written")
	f.StringVar(&o.json, "json", "", "a `file` for the report as JSON")
	f.StringVar(&o.web, "html", "", "a `file` for the report as an HTML page")
	f.IntVar(&o.entries, "entries", 4000, "how many `entries` the page has at most, those of findings and refusals first")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	return o, o.check(f.Args())
}

// check says what is wrong with the flags together.
func (o *options) check(rest []string) error {
	switch {
	case o.demo && (len(rest) > 0 || o.vkey+o.policy+o.anchor+o.names != "" || len(o.verifiers) > 0):
		return errors.New("-demo makes a log, a key, an anchor and names itself")
	case o.demo:
	case o.keep != "":
		return errors.New("-keep is for -demo")
	case len(rest) != 1:
		return fmt.Errorf("want one log, not %d", len(rest))
	case (o.vkey == "") == (o.policy == ""):
		return errors.New("want the log's key (-vkey) or a policy (-policy)")
	default:
		o.log = rest[0]
	}
	if o.entries < 0 {
		return errors.New("-entries below 0")
	}
	if o.json == "" && o.web == "" && o.text == "" {
		o.text = "-"
	}
	return nil
}

func run(ctx context.Context, args []string, out, problems io.Writer) int {
	o, err := parseFlags(args, problems)
	if errors.Is(err, flag.ErrHelp) {
		return clean
	}
	status := notJudged
	if err == nil {
		status, err = o.audit(ctx, out, problems)
	}
	if err != nil {
		_, _ = fmt.Fprintln(problems, "auditor:", err)
		return notJudged
	}
	return status
}
