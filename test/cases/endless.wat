;; a run without an end
(module (func (export "f") (loop $l (br $l))))
