package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// judges are the kinds of cases. Each reads all members of the case before it judges
// anything.
var judges = map[string]func(*fields) *result{
	"did":          judgeDID,
	"credential":   judgeCredential,
	"presentation": judgePresentation,
	"status":       judgeStatus,
	"statuslist":   judgeStatusList,
	"authority":    judgeAuthority,
	"attenuation":  judgeAttenuation,
	"request":      judgeRequest,
	"chain":        judgeChain,
	"inclusion":    judgeInclusion,
	"consistency":  judgeConsistency,
	"checkpoint":   judgeCheckpoint,
	"merkle":       judgeMerkle,
	"entry":        judgeEntry,
	"receipt":      judgeReceipt,
}

// maxLine is the longest line that is judged. The largest chain is a thirtieth of
// it, which leaves room for status lists. Of a longer line only the beginning is
// looked at, for its id.
const (
	maxLine   = 128 << 20
	beginning = 64 << 10
)

var errLine = errors.New("inspect: malformed line")

// batch answers cases, one a line, and reports whether all were accepted. Each
// answer is written before the next line is read, and no verdict depends on an
// earlier line.
func batch(in io.Reader, out io.Writer, now func() time.Time) (bool, error) {
	lines, env := bufio.NewReaderSize(in, 1<<16), &environment{now: now}
	good := true
	for {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, errLine) {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return good, err
		}
		r := guarded(line, env)
		if err != nil {
			id := r.id
			r = noCase("size", err)
			r.id = id
		}
		good = good && r.verdict == accept
		answer, err := r.MarshalJSON()
		if err != nil {
			return false, err
		}
		if _, err := out.Write(append(answer, '\n')); err != nil {
			return false, err
		}
	}
}

// readLine reads a line without its end. The last one may lack it.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	size := 0
	for {
		part, err := r.ReadSlice('\n')
		if size += len(part); size <= maxLine {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (size == 0 || !errors.Is(err, io.EOF)):
			return nil, err
		case size > maxLine:
			return line[:beginning], fmt.Errorf("%w: %d bytes, at most %d", errLine, size, maxLine)
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// guarded judges a line. A case that brings the library down is a fault of the
// library and not the end of the run.
func guarded(line []byte, env *environment) (r *result) {
	defer func() {
		if p := recover(); p != nil {
			r = noCase("panic", fmt.Errorf("inspect: the library panicked, please report this: %v", p))
		}
	}()
	return judgeLine(line, env)
}

// judgeLine answers one line.
func judgeLine(line []byte, env *environment) *result {
	members, err := splitObject(line)
	id := idOfCase(members)
	r := noCase("line", fmt.Errorf("%w: %w", errLine, err))
	if err == nil {
		r = judgeCase(members, env)
	}
	r.id = id
	return r
}

// idOfCase returns the id of a case as it was written. One in bytes that are no UTF-8
// could not be written back.
func idOfCase(members []member) raw {
	return raw(strings.ToValidUTF8(string(memberOf(members, "id")), "\ufffd"))
}

func judgeCase(members []member, env *environment) *result {
	f := newFields(members, env)
	if id := f.optional("id"); len(id) > 0 && (id[0] == '{' || id[0] == '[') {
		f.fail("id is not a string")
	}
	kind := f.text("kind")
	judge := judges[kind]
	switch {
	case f.err != nil:
		return noCase("member", f.err)
	case judge == nil:
		return noCase("kind", fmt.Errorf("%w: kind is %.40q", errMember, kind))
	}
	return judge(f)
}
