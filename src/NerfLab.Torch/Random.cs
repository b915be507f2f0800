namespace TorchSharp;

// Draws from distributions. Without a generator the device's default one is used.
public static partial class torch
{
    public partial class Tensor
    {
        // --- in place

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Op.InPlace("bernoulli_.float", this, p, generator);

        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Op.InPlace("bernoulli_.Tensor", this, p, generator);

        public Tensor cauchy_(double median = 0.0, double sigma = 1.0, Generator? generator = null) => Op.InPlace("cauchy_", this, median, sigma, generator);

        public Tensor exponential_(double lambda = 1.0, Generator? generator = null) => Op.InPlace("exponential_", this, lambda, generator);

        public Tensor geometric_(double p, Generator? generator = null) => Op.InPlace("geometric_", this, p, generator);

        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) => Op.InPlace("normal_", this, mean, std, generator);

        public Tensor log_normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) => Op.InPlace("log_normal_", this, mean, std, generator);

        /// <summary>Whole numbers from <paramref name="from"/> up to, but without, <paramref name="to"/>.</summary>
        public Tensor random_(double from, double to, Generator? generator = null) => Op.InPlace("random_.from", this, (long)from, (long)to, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) => Op.InPlace("uniform_", this, from, to, generator);

        // --- with this tensor as parameter

        public Tensor bernoulli(Generator? generator = null) => Op.Call("bernoulli", this, generator);

        public Tensor poisson(Generator? generator = null) => Op.Call("poisson", this, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => Op.Call("multinomial", this, num_samples, replacement, generator);

        public Tensor binomial(Tensor prob, Generator? generator = null) => Op.Call("binomial", this, prob, generator);
    }

    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);

    public static Tensor poisson(Tensor input, Generator? generator = null) => input.poisson(generator);

    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) => input.multinomial(num_samples, replacement, generator);

    public static Tensor binomial(Tensor count, Tensor probs, Generator? generator = null) => count.binomial(probs, generator);

    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null) => Op.Call("normal.Tensor_Tensor", mean, std, generator);
}
