"""Two functions for Keras that circulate as source text and are in no package, rebuilt from a description of what they do."""

from keras import backend, ops


def keras_binary(alpha=0.25, gamma=2.0):
    """The older binary function for Keras."""

    def loss(y_true, y_pred):
        epsilon = backend.epsilon()
        p = ops.clip(y_pred, epsilon, 1.0 - epsilon)
        positive = ops.equal(y_true, 1)
        p_t = ops.where(positive, p, 1 - p)
        alpha_t = ops.where(positive, ops.full_like(p, alpha), ops.full_like(p, 1 - alpha))
        return ops.sum(-alpha_t * ops.power(1 - p_t, gamma) * ops.log(p_t), axis=1)

    return loss


def keras_categorical(alpha=0.25, gamma=2.0):
    """The older categorical function for Keras, on one-hot targets."""

    def loss(y_true, y_pred):
        epsilon = backend.epsilon()
        p = ops.clip(y_pred, epsilon, 1.0 - epsilon)
        cross_entropy = -y_true * ops.log(p)
        return ops.sum(alpha * y_true * ops.power(1 - p, gamma) * cross_entropy, axis=1)

    return loss
