// Gateway is an HTTP service that agents may use as far as their chains go, and an
// agent that uses it. Without flags both are in one process, which tells a story
// and exits 0 only if everything went as told. With -serve and -call they are two:
//
//	go run ./examples/gateway -serve 127.0.0.1:8443 -dir /tmp/gateway
//	go run ./examples/gateway -call -dir /tmp/gateway
//
// The service writes into the directory what the agent needs: its key, its chain,
// the service's certificate, origin and DID.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/did"
)

var (
	serve = flag.String("serve", "", "serve on this address, such as 127.0.0.1:8443, until interrupted")
	call  = flag.Bool("call", false, "call the service that wrote -dir, once")
	dir   = flag.String("dir", "gateway-state", "where -serve leaves what -call needs")
)

func main() {
	flag.Parse()
	switch {
	case *serve != "":
		s := newService(*serve)
		s.leave(*dir)
		fmt.Println("serving", s.origin, "until interrupted; now call with -call -dir", *dir)
		s.wait()
	case *call:
		callOnce(*dir)
	default:
		story()
	}
}

// story runs everything in one process.
func story() {
	s := newService("127.0.0.1:0")
	defer s.close()
	human := must(did.GenerateKey(did.Ed25519))
	agent := s.hire(human.DID())
	client := s.client(agent)

	fmt.Println("1. An agent asks; it signs each request, and gets a receipt for each answer")
	body, receipt := get(client, s.origin+"/sales/q3?table=orders").expect(200)
	fmt.Printf("   GET /sales/q3?table=orders: %s", body)
	expect(receipt != nil && receipt.Permitted && receipt.Verifier == s.key.DID(), "a receipt of the service")
	fmt.Println("   receipt of", receipt.Verifier, "calls left:", receipt.Left["calls"])
	get(client, s.origin+"/sales/q3?table=refunds").expect(200)
	expect(s.seenChains() == 1, "the chain went once, then its digest")

	fmt.Println("2. It spawns a sub-agent that may only write one report, 64 bytes in all")
	writer := must(agent.Spawn(delegation.Terms{
		Grants: []delegation.Grant{{Actions: []string{"http/put"}, Resources: []string{s.origin + "/reports/q3"}}},
		Limits: map[string]delegation.Limit{"bytes": {Unit: "B", Max: 64}},
	}, delegation.Issue{}))
	writing := s.client(writer)
	_, receipt = send(writing, "PUT", s.origin+"/reports/q3", "Orders rose by a tenth.").expect(200)
	fmt.Println("   PUT /reports/q3: written, bytes left:", receipt.Left["bytes"])
	body, _ = get(writing, s.origin+"/sales/q3?table=orders").expect(403)
	fmt.Println("   GET /sales/q3: refused:", field(body, "error"), field(body, "dimension"))
	body, _ = send(writing, "PUT", s.origin+"/reports/q3", strings.Repeat("x", 60)).expect(429)
	fmt.Println("   PUT of 60 bytes more: refused:", field(body, "error"), "-", field(body, "fix"))

	fmt.Println("3. Deleting needs a human's approval of exactly that")
	path := s.origin + "/reports/q3"
	body, _ = send(client, "DELETE", path, "").expect(403)
	fmt.Println("   DELETE: refused:", field(body, "error"))
	s.approved(client, agent, human, path).expect(200)
	fmt.Println("   DELETE with the approval: done")

	fmt.Println("4. Strangers, replays and redirects")
	stranger := get(s.tls(), s.origin+"/sales/q3?table=orders")
	expect(stranger.status == 401 && stranger.header.Get("WWW-Authenticate") == "Taper" && stranger.body == "", "one constant answer")
	fmt.Println("   a stranger: 401, and nothing else")
	must(ask(s.tls(), s.last())) // what the agent sent, byte for byte
	expect(s.guard.Counts().Refused == 4, "the replay was refused")
	fmt.Println("   the last request, sent again: refused")
	_, err := ask(client, request("GET", s.origin+"/moved?table=orders", ""))
	expect(errors.Is(err, agenthttp.ErrRedirect), err)
	fmt.Println("   a redirect: not signed for")

	fmt.Println("5. Somebody on the way changes an answer")
	liar := s.transport(agent, func(r *http.Response) {
		r.Body = io.NopCloser(strings.NewReader("1000000 of orders\n"))
	})
	_, err = ask(&http.Client{Transport: liar}, request("GET", s.origin+"/sales/q3?table=orders", ""))
	expect(errors.Is(err, agenthttp.ErrReceipt), err)
	fmt.Println("   the receipt is of another answer, and the agent knows")

	fmt.Println("6. The operator revokes the agent, and with it the sub-agent")
	s.revoke()
	for _, c := range []*http.Client{client, writing} {
		body, _ = get(c, s.origin+"/sales/q3?table=orders").expect(403)
		fmt.Println("   refused:", field(body, "error"), "-", field(body, "cause"))
	}
	fmt.Printf("\nThe guard counted %+v\nEverything went as told.\n", s.guard.Counts())
}

// approved deletes with an approval: the agent chooses its invocation first, and
// shows the human what is to be done.
func (s *service) approved(client *http.Client, agent *delegation.Holder, human *did.Signer, path string) reply {
	asked, invoke, err := delegation.ApprovalRequest{
		Agent: agent.DID(), Leaf: agent.Chain().Digest(), Audience: s.origin,
		Action: "http/delete", Resource: path, Amounts: map[string]int64{"B": 0},
	}.Bind(delegation.Invoke{Reason: delegation.Reason{Code: "plan", Text: "the report is out of date"}})
	allowed(err)
	for line := range strings.Lines(must(delegation.ApprovalText(asked))) {
		fmt.Print("      | ", line)
	}
	approval := must(delegation.Approve(human, asked, delegation.Approving{}))
	r := request("DELETE", path, "")
	sending := agenthttp.Sending{Invoke: invoke, Shown: delegation.Shown{Approvals: []string{approval}}}
	return must(ask(client, r.WithContext(agenthttp.WithSending(r.Context(), sending))))
}

// callOnce is the agent as a process of its own.
func callOnce(dir string) {
	a := load(dir)
	body, receipt := get(a.client(a.holder), a.origin+"/sales/q3?table=orders").expect(200)
	fmt.Printf("%sreceipt of %s, calls left: %d\n", body, receipt.Verifier, receipt.Left["calls"])
}

// reply is an answer that was read to its end, with its verified receipt.
type reply struct {
	status  int
	header  http.Header
	body    string
	receipt *delegation.Receipt
}

func request(method, url, body string) *http.Request {
	r := must(http.NewRequest(method, url, bytes.NewReader([]byte(body))))
	r.Header.Set("Content-Type", "text/plain")
	return r
}

func ask(c *http.Client, r *http.Request) (reply, error) {
	resp, err := c.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body), agenthttp.ReceiptOf(resp)}, err
}

func get(c *http.Client, url string) reply { return send(c, "GET", url, "") }

func send(c *http.Client, method, url, body string) reply {
	return must(ask(c, request(method, url, body)))
}

// expect demands a status.
func (r reply) expect(status int) (string, *delegation.Receipt) {
	expect(r.status == status, fmt.Sprintf("%d %s", r.status, r.body))
	return r.body, r.receipt
}

func must[T any](v T, err error) T {
	allowed(err)
	return v
}

func allowed(err error) { expect(err == nil, err) }

// expect ends the story where it goes otherwise than told.
func expect(ok bool, instead any) {
	if !ok {
		fmt.Fprintln(os.Stderr, "\ngateway: the story went wrong:", instead)
		os.Exit(1)
	}
}

// lifetime is how long the agent's link lives.
const lifetime = time.Hour

// field returns a member of the refusal in a problem document.
func field(problem, name string) string {
	var p struct{ Refusal map[string]any }
	allowed(json.Unmarshal([]byte(problem), &p))
	text, _ := p.Refusal[name].(string)
	return text
}
