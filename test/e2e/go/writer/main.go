// Command writer sends writes with a real client-go client, one after the other, and tells as JSON lines on stdout what
// became of each: how often it was sent, and its error, if any. With --mode each it sends one of every sort; with --mode
// many it makes --count ConfigMaps and patches each, so that a patch applied twice fails.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"
)

const existing = "existing"

// line tells of one write.
type line struct {
	Verb string `json:"verb"`
	// How often client-go sent it.
	Sent int64 `json:"sent"`
	// "" where it succeeded, "status CODE" where it was answered, else "broken".
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

type counter struct {
	next http.RoundTripper
	sent *atomic.Int64
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.next.RoundTrip(r)
}

func outcome(err error) string {
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return ""
	case errors.As(err, &status):
		return fmt.Sprintf("status %d", status.Status().Code)
	default:
		return "broken"
	}
}

type writer struct {
	config *rest.Config
	client *kubernetes.Clientset
	sent   atomic.Int64
	label  string
	out    *json.Encoder
}

func newWriter(kubeconfig, label string) (*writer, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	w := &writer{config: config, label: label, out: json.NewEncoder(os.Stdout)}
	// No limit of its own: it sends one after the other.
	config.QPS = -1
	counted := rest.CopyConfig(config)
	counted.Wrap(func(next http.RoundTripper) http.RoundTripper { return counter{next, &w.sent} })
	w.client, err = kubernetes.NewForConfig(counted)
	return w, err
}

func (w *writer) do(verb string, write func() error) {
	before := w.sent.Load()
	err := write()
	told := line{Verb: verb, Sent: w.sent.Load() - before, Outcome: outcome(err)}
	if err != nil {
		told.Error = err.Error()
	}
	if err := w.out.Encode(told); err != nil {
		log.Fatalf("stdout: %v", err)
	}
}

func (w *writer) maps() typed.ConfigMapInterface {
	return w.client.CoreV1().ConfigMaps("default")
}

func (w *writer) configMap() *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "written-", Labels: map[string]string{"written-by": w.label}},
		Data:       map[string]string{"n": "0"},
	}
}

// The test applies only where nothing has applied it before.
const patch = `[{"op":"test","path":"/data/n","value":"0"},{"op":"replace","path":"/data/n","value":"1"}]`

// each sends one of every sort to objects named "existing", "patched" and "deleted", which are there.
func (w *writer) each(ctx context.Context) {
	w.do("POST", func() error {
		_, err := w.maps().Create(ctx, w.configMap(), metav1.CreateOptions{})
		return err
	})
	w.do("PUT", func() error {
		object := w.configMap()
		object.GenerateName, object.Name = "", existing
		_, err := w.maps().Update(ctx, object, metav1.UpdateOptions{})
		return err
	})
	w.do("PATCH", func() error {
		_, err := w.maps().Patch(ctx, "patched", types.JSONPatchType, []byte(patch), metav1.PatchOptions{})
		return err
	})
	w.do("DELETE", func() error {
		return w.maps().Delete(ctx, "deleted", metav1.DeleteOptions{})
	})
	w.do("exec", func() error { return w.exec(ctx) })
}

func (w *writer) exec(ctx context.Context) error {
	request := w.client.CoreV1().RESTClient().Post().Namespace("default").Resource("pods").Name("any").
		SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Command: []string{"x"}, Stdout: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewSPDYExecutor(w.config, http.MethodPost, request.URL())
	if err != nil {
		return err
	}
	return executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: io.Discard})
}

func (w *writer) many(ctx context.Context, count int) {
	for range count {
		var made *corev1.ConfigMap
		w.do("POST", func() (err error) {
			made, err = w.maps().Create(ctx, w.configMap(), metav1.CreateOptions{})
			return err
		})
		if made == nil || made.Name == "" {
			continue
		}
		w.do("PATCH", func() error {
			_, err := w.maps().Patch(ctx, made.Name, types.JSONPatchType, []byte(patch), metav1.PatchOptions{})
			return err
		})
	}
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the API server or of the proxy")
	mode := flag.String("mode", "each", "each or many")
	label := flag.String("label", "writer", "label written-by of what it makes")
	count := flag.Int("count", 100, "ConfigMaps that --mode many makes")
	flag.Parse()
	w, err := newWriter(*kubeconfig, *label)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if *mode == "many" {
		w.many(ctx, *count)
	} else {
		w.each(ctx)
	}
}
