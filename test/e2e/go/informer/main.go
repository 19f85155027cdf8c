// Command informer runs one real client-go Node informer and reports what it sees as JSON lines on
// stdout: "synced", then each "add", "update" and "delete". A line "state" on stdin is answered with
// the final projected state, counts and the CPU time spent so far; the end of stdin ends the program.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const protobuf = "application/vnd.kubernetes.protobuf"

type options struct {
	kubeconfig, mode, encoding string
}

func parseOptions() (options, error) {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig of the API server or of the proxy")
	flag.StringVar(&o.mode, "mode", "list-watch", "list-watch or watch-list")
	flag.StringVar(&o.encoding, "encoding", "protobuf", "json or protobuf")
	flag.Parse()
	if o.kubeconfig == "" {
		return o, errors.New("--kubeconfig is missing")
	}
	if o.mode != "list-watch" && o.mode != "watch-list" {
		return o, fmt.Errorf("--mode %q is neither list-watch nor watch-list", o.mode)
	}
	if o.encoding != "json" && o.encoding != "protobuf" {
		return o, fmt.Errorf("--encoding %q is neither json nor protobuf", o.encoding)
	}
	return o, nil
}

// requestCounter tells LISTs from watches, so that a test sees whether the informer fell back or relisted.
type requestCounter struct {
	next           http.RoundTripper
	lists, watches atomic.Int64
}

func (c *requestCounter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("watch") == "" {
		c.lists.Add(1)
	} else {
		c.watches.Add(1)
	}
	return c.next.RoundTrip(r)
}

// line is one line of output. Projection is there only where the projected state changed.
type line struct {
	Event           string      `json:"event"`
	Name            string      `json:"name,omitempty"`
	ResourceVersion string      `json:"resourceVersion,omitempty"`
	Changed         bool        `json:"changed,omitempty"`
	Projection      *projection `json:"projection,omitempty"`
	Error           string      `json:"error,omitempty"`
	State           *state      `json:"state,omitempty"`
}

type state struct {
	Nodes      map[string]projection `json:"nodes"`
	Adds       int                   `json:"adds"`
	Updates    int                   `json:"updates"`
	Deletes    int                   `json:"deletes"`
	Changes    int                   `json:"changes"`
	Lists      int64                 `json:"lists"`
	Watches    int64                 `json:"watches"`
	CPUSeconds float64               `json:"cpuSeconds"`
}

// reporter owns stdout and the state told to the test; informer callbacks and stdin both come here.
type reporter struct {
	mu       sync.Mutex
	out      *json.Encoder
	requests *requestCounter
	state    state
}

func (r *reporter) print(l line) {
	if err := r.out.Encode(l); err != nil {
		log.Fatalf("stdout: %v", err)
	}
}

func (r *reporter) seen(event string, n *corev1.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := project(n)
	before, known := r.state.Nodes[n.Name]
	changed := !known || !before.equal(p)
	if event == "add" {
		r.state.Adds++
	} else {
		r.state.Updates++
		if changed {
			r.state.Changes++
		}
	}
	r.state.Nodes[n.Name] = p
	l := line{Event: event, Name: n.Name, ResourceVersion: n.ResourceVersion, Changed: changed}
	if changed {
		l.Projection = &p
	}
	r.print(l)
}

func (r *reporter) OnAdd(obj any, _ bool) {
	if n, ok := obj.(*corev1.Node); ok {
		r.seen("add", n)
	}
}

func (r *reporter) OnUpdate(_, obj any) {
	if n, ok := obj.(*corev1.Node); ok {
		r.seen("update", n)
	}
}

func (r *reporter) OnDelete(obj any) {
	if tombstone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = tombstone.Obj
	}
	n, ok := obj.(*corev1.Node)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Deletes++
	delete(r.state.Nodes, n.Name)
	r.print(line{Event: "delete", Name: n.Name, ResourceVersion: n.ResourceVersion})
}

func (r *reporter) printSynced() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.print(line{Event: "synced"})
}

func (r *reporter) printState() {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Lists, s.Watches = r.requests.lists.Load(), r.requests.watches.Load()
	s.CPUSeconds = cpuSeconds()
	r.print(line{Event: "state", State: &s})
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatalf("getrusage: %v", err)
	}
	return (time.Duration(u.Utime.Nano()) + time.Duration(u.Stime.Nano())).Seconds()
}

func run(o options) error {
	// Read by client-go at the first use of a gate; the flag has to win over an inherited environment.
	if err := os.Setenv("KUBE_FEATURE_WatchListClient", fmt.Sprint(o.mode == "watch-list")); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = "watchsieve-e2e-informer"
	config.ContentType = "application/json"
	if o.encoding == "protobuf" {
		config.ContentType = protobuf
		config.AcceptContentTypes = protobuf + ",application/json"
	}
	requests := &requestCounter{}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		requests.next = next
		return requests
	})
	client, err := kubernetes.NewForConfig(rest.CopyConfig(config))
	if err != nil {
		return err
	}
	r := &reporter{out: json.NewEncoder(os.Stdout), requests: requests, state: state{Nodes: map[string]projection{}}}

	informer := informers.NewSharedInformerFactory(client, 0).Core().V1().Nodes().Informer()
	if err := informer.SetWatchErrorHandler(func(reflector *cache.Reflector, err error) {
		r.mu.Lock()
		r.print(line{Event: "watchError", Error: err.Error()})
		r.mu.Unlock()
	}); err != nil {
		return err
	}
	registration, err := informer.AddEventHandler(r)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	go informer.Run(stop)
	if !cache.WaitForCacheSync(stop, registration.HasSynced) {
		return errors.New("the informer did not sync")
	}
	r.printSynced()

	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		if strings.TrimSpace(commands.Text()) == "state" {
			r.printState()
		}
	}
	return commands.Err()
}

func main() {
	o, err := parseOptions()
	if err == nil {
		err = run(o)
	}
	if err != nil {
		log.Fatalf("informer: %v", err)
	}
}
